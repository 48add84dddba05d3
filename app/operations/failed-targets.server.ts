import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { containsPattern } from "~/lib/like-pattern";
import { listDefaults, type FailuresParams } from "~/lists/list-search";
import { isWithin } from "~/lists/moments";
import type { Slice } from "~/lists/paging";
import type { TopicDirectory } from "~/stats/directory.server";
import { isReasonCut, shownReason } from "./shown-reason";

/** A target whose views PostgreSQL keeps, because it could not add them to a topic. */
export interface FailedTarget {
  /** Its printable name. */
  target: string;
  /** Null for a name that no topic can have: such views can only be discarded. */
  topicId: string | null;
  views: number;
  /** Failed flushes in a row. */
  attempts: number;
  /** It has failed so often that syncs leave it alone. */
  isParked: boolean;
  firstAt: Date;
  lastAt: Date;
  reason: string;
  /** Whether the reason is longer than what is shown. */
  isCut: boolean;
  /** The run in which it failed last. */
  run: string;
}

/** Sums of what is kept. */
export interface KeptSums {
  targets: number;
  /** Accepted views, as the books count them. */
  views: number;
  /** How many targets have a name that no topic can have; and their views, which were never accepted. */
  withoutTopic: number;
  unacceptedViews: number;
}

/** Targets that fail for the same reason. */
export interface FailureGroup extends KeptSums {
  reason: string;
  isCut: boolean;
  parked: number;
  mostAttempts: number;
  firstAt: Date;
  lastAt: Date;
}

export type FailureFilter = Pick<FailuresParams, "search" | "reason" | "state" | "from" | "to">;
type FailureOrder = FailureFilter & Pick<FailuresParams, "sort" | "direction">;

/** $2 the number of failures that parks a target. */
const columns = `target, "topicId", views::float8 AS views, attempts, attempts >= $2 AS "isParked",
  first_at AS "firstAt", last_at AS "lastAt", ${shownReason("last_error")} AS reason,
  ${isReasonCut("last_error")} AS "isCut", last_run_id AS run`;

/**
 * $1 dao, $2 failures that park, $3 state, $4 reason, $5 pattern of the target, $6 and $7 when it was last seen,
 * $8 topics whose titles match.
 */
const matches = `dao_slug = $1 AND views > 0 AND ($3 = 'all' OR (attempts >= $2) = ($3 = 'parked'))
  AND ($4 = '' OR ${shownReason("last_error")} = $4)
  AND ($5 = '' OR target LIKE $5 OR "topicId" = ANY($8::text[]))
  AND ${isWithin("last_at", "$6", "$7")}`;

const sums = `count(target)::int AS targets,
  COALESCE(sum(views) FILTER (WHERE "topicId" IS NOT NULL), 0)::float8 AS views,
  count(target) FILTER (WHERE "topicId" IS NULL)::int AS "withoutTopic",
  COALESCE(sum(views) FILTER (WHERE "topicId" IS NULL), 0)::float8 AS "unacceptedViews"`;

const orders: Record<FailuresParams["sort"], string> = {
  lastSeen: "last_at",
  firstSeen: "first_at",
  attempts: "attempts",
  views: "views",
  target: "target",
};

/** The most groups that are shown: reasons that quote a value can be as many as the targets. */
const MOST_GROUPS = 100;
/** Topics that a search finds by their titles. */
const MOST_TOPICS = 1_000;
/** Rows of a download that are read at a time. */
const STEP = 1_000;

/** Reads what PostgreSQL keeps of failing targets. Every method throws `DependencyError` when it is away. */
export class FailedTargets {
  constructor(
    private readonly dependencies: {
      pool: pg.Pool;
      directory: Pick<TopicDirectory, "search">;
      daoSlug: string;
      parkAfter: number;
    },
  ) {}

  /** Sums of failing and of parked targets that match the filter, whatever state it asks for. */
  async counts(filter: FailureFilter = listDefaults.failures) {
    const [failing, parked] = await this.#read<KeptSums>(
      `SELECT ${sums} FROM unnest(ARRAY[false, true]) AS state(is_parked) LEFT JOIN failed_targets
         ON ${matches} AND (attempts >= $2) = is_parked
       GROUP BY is_parked ORDER BY is_parked`,
      ...(await this.#filterValues({ ...filter, state: "all" })),
    );
    return { failing: failing!, parked: parked! };
  }

  /** Names of all targets that the filter finds, in the order of the list. */
  async names(filter: FailureOrder): Promise<string[]> {
    const rows = await this.#read<{ target: string }>(
      `SELECT target FROM failed_targets WHERE ${matches} ${orderBy(filter)}`,
      ...[...(await this.#filterValues(filter)), filter.search],
    );
    return rows.map(({ target }) => target);
  }

  async list(filter: FailureOrder, { offset, pageSize }: Slice): Promise<FailedTarget[]> {
    return this.#read(
      `SELECT ${columns} FROM failed_targets WHERE ${matches} ${orderBy(filter)} LIMIT $10 OFFSET $11`,
      ...[...(await this.#filterValues(filter)), filter.search, pageSize, offset],
    );
  }

  /**
   * All targets that match the filter now, in the order of the list; those that go meanwhile are left out.
   */
  async *all(filter: FailureOrder): AsyncGenerator<FailedTarget[]> {
    const names = await this.names(filter);
    for (let start = 0; start < names.length; start += STEP) {
      yield await this.#read<FailedTarget>(
        `SELECT ${columns} FROM unnest($3::text[]) WITH ORDINALITY AS named(target, position)
           JOIN failed_targets USING (target)
         WHERE dao_slug = $1 AND views > 0 ORDER BY position`,
        names.slice(start, start + STEP),
      );
    }
  }

  /** The reasons, and how many targets fail for each, the most frequent first. */
  async groups(filter: FailureFilter): Promise<FailureGroup[]> {
    return this.#read(
      `SELECT ${shownReason("last_error")} AS reason, bool_or(${isReasonCut("last_error")}) AS "isCut",
         ${sums}, count(*) FILTER (WHERE attempts >= $2)::int AS parked,
         max(attempts) AS "mostAttempts", min(first_at) AS "firstAt", max(last_at) AS "lastAt"
       FROM failed_targets WHERE ${matches}
       GROUP BY 1 ORDER BY targets DESC, reason LIMIT ${MOST_GROUPS}`,
      ...(await this.#filterValues({ ...filter, reason: "", state: "all" })),
    );
  }

  async find(target: string): Promise<FailedTarget | undefined> {
    const [row] = await this.#read<FailedTarget>(
      `SELECT ${columns} FROM failed_targets WHERE dao_slug = $1 AND target = $3 AND views > 0`,
      target,
    );
    return row;
  }

  /** The full reason why a target fails, however long. */
  async wholeReason(target: string): Promise<string | undefined> {
    const [row] = await runStatement<{ reason: string }>(
      this.dependencies.pool,
      "SELECT last_error AS reason FROM failed_targets WHERE dao_slug = $1 AND target = $2",
      [this.dependencies.daoSlug, target],
    );
    return row?.reason;
  }

  /** Who has discarded these targets within the last day, the latest for each. */
  discardedBy(targets: string[]): Promise<Array<{ target: string; actor: string }>> {
    return runStatement(
      this.dependencies.pool,
      `SELECT DISTINCT ON (target) target, actor
       FROM unnest($2::text[]) AS named(target) JOIN audit_log ON details->'discarded' ? target
       WHERE dao_slug = $1 AND action = 'discard'
         AND created_at > clock_timestamp() - interval '1 day'
       ORDER BY target, id DESC`,
      [this.dependencies.daoSlug, targets.slice(0, STEP)],
    );
  }

  async #filterValues({ state, reason, search, from, to }: FailureFilter): Promise<unknown[]> {
    const pattern = search === "" ? "" : containsPattern(search);
    const topics = await this.dependencies.directory.search(search, MOST_TOPICS);
    return [state, reason, pattern, from, to, topics];
  }

  /** The values of the statement begin with $3. */
  #read<Row extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<Row[]> {
    const { pool, daoSlug, parkAfter } = this.dependencies;
    return runStatement<Row>(pool, text, [daoSlug, parkAfter, ...values]);
  }
}

/** $9 what is searched for: the target with exactly this name comes first. */
function orderBy({ sort, direction }: FailureOrder): string {
  return `ORDER BY target IN ($9, 'forum_topic:' || $9::text) DESC,
    failed_targets.${orders[sort]} ${direction}, target`;
}
