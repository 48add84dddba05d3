import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { containsPattern } from "~/lib/like-pattern";
import type { FailuresParams } from "~/lists/list-search";

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
  /** The run in which it failed last. */
  run: string;
}

/** Targets that fail for the same reason. */
export interface FailureGroup {
  reason: string;
  isParked: boolean;
  targets: number;
  views: number;
  mostAttempts: number;
  firstAt: Date;
  lastAt: Date;
}

export type FailureFilter = Pick<FailuresParams, "search" | "reason" | "state">;

/** $2 the number of failures that parks a target. */
const columns = `target, "topicId", views::float8 AS views, attempts, attempts >= $2 AS "isParked",
  first_at AS "firstAt", last_at AS "lastAt", last_error AS reason, last_run_id AS run`;

/** $1 dao, $2 failures that park, $3 state, $4 reason, $5 pattern of the target. */
const matches = `dao_slug = $1 AND views > 0 AND ($3 = 'all' OR (attempts >= $2) = ($3 = 'parked'))
  AND ($4 = '' OR last_error = $4) AND ($5 = '' OR target LIKE $5)`;

/** Views as the books count them: those of a name that no topic can have were never accepted. */
const acceptedViews = `COALESCE(sum(views) FILTER (WHERE "topicId" IS NOT NULL), 0)::float8`;

const orders: Record<FailuresParams["sort"], string> = {
  lastSeen: "last_at",
  firstSeen: "first_at",
  attempts: "attempts",
  views: "views",
  target: "target",
};

/** Groups shown at most: reasons that quote a value can be as many as the targets. */
const MOST_GROUPS = 100;

/** Reads what PostgreSQL keeps of failing targets. Every method throws `DependencyError` when it is away. */
export class FailedTargets {
  readonly #pool: pg.Pool;
  readonly #of: [daoSlug: string, parkAfter: number];

  constructor(dependencies: { pool: pg.Pool; daoSlug: string; parkAfter: number }) {
    this.#pool = dependencies.pool;
    this.#of = [dependencies.daoSlug, dependencies.parkAfter];
  }

  async counts(): Promise<Record<"failing" | "parked", { targets: number; views: number }>> {
    const [failing, parked] = await runStatement<{ targets: number; views: number }>(
      this.#pool,
      `SELECT count(target)::int AS targets, ${acceptedViews} AS views
       FROM unnest(ARRAY[false, true]) AS state(is_parked) LEFT JOIN failed_targets
         ON dao_slug = $1 AND views > 0 AND (attempts >= $2) = is_parked
       GROUP BY is_parked ORDER BY is_parked`,
      this.#of,
    );
    return { failing: failing!, parked: parked! };
  }

  /** How many targets the filter finds, their views, and how many of them can only be discarded. */
  async totals(
    filter: FailureFilter,
  ): Promise<{ targets: number; views: number; withoutTopic: number }> {
    const [row] = await runStatement<{ targets: number; views: number; withoutTopic: number }>(
      this.#pool,
      `SELECT count(*)::int AS targets, ${acceptedViews} AS views,
         count(*) FILTER (WHERE "topicId" IS NULL)::int AS "withoutTopic"
       FROM failed_targets WHERE ${matches}`,
      this.#values(filter),
    );
    return row!;
  }

  /** Names of all targets that the filter finds. */
  async names(filter: FailureFilter): Promise<string[]> {
    const rows = await runStatement<{ target: string }>(
      this.#pool,
      `SELECT target FROM failed_targets WHERE ${matches} ORDER BY target`,
      this.#values(filter),
    );
    return rows.map(({ target }) => target);
  }

  /** The target with exactly the searched name comes first. */
  async list(
    filter: FailureFilter & Pick<FailuresParams, "sort" | "direction">,
    { offset, pageSize }: { offset: number; pageSize: number },
  ): Promise<FailedTarget[]> {
    return runStatement<FailedTarget>(
      this.#pool,
      `SELECT ${columns} FROM failed_targets WHERE ${matches}
       ORDER BY target IN ($6, 'forum_topic:' || $6::text) DESC,
         failed_targets.${orders[filter.sort]} ${filter.direction}, target
       LIMIT $7 OFFSET $8`,
      [...this.#values(filter), filter.search, pageSize, offset],
    );
  }

  /** Reasons with how many targets they stop, the most frequent first. */
  async groups(search: string): Promise<FailureGroup[]> {
    return runStatement<FailureGroup>(
      this.#pool,
      `SELECT last_error AS reason, attempts >= $2 AS "isParked", count(*)::int AS targets,
         sum(views)::float8 AS views, max(attempts) AS "mostAttempts",
         min(first_at) AS "firstAt", max(last_at) AS "lastAt"
       FROM failed_targets WHERE ${matches}
       GROUP BY 1, 2 ORDER BY targets DESC, reason LIMIT ${MOST_GROUPS}`,
      this.#values({ search, reason: "", state: "all" }),
    );
  }

  async find(target: string): Promise<FailedTarget | undefined> {
    const [row] = await runStatement<FailedTarget>(
      this.#pool,
      `SELECT ${columns} FROM failed_targets WHERE dao_slug = $1 AND target = $3 AND views > 0`,
      [...this.#of, target],
    );
    return row;
  }

  #values({ state, reason, search }: FailureFilter): unknown[] {
    return [...this.#of, state, reason, search === "" ? "" : containsPattern(search)];
  }
}
