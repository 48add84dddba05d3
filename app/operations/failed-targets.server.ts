import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { containsPattern } from "~/lib/like-pattern";
import type { FailuresParams } from "~/lists/list-search";

/** A target that is failing now. */
export interface FailedTarget {
  /** Its printable name. */
  target: string;
  /** Failed flushes in a row. */
  attempts: number;
  firstAt: Date;
  lastAt: Date;
  reason: string;
  lastRun: string;
  /** Set aside until an admin retries or discards it. */
  parked: boolean;
}

/** Targets that fail for the same reason. */
export interface FailureGroup {
  reason: string;
  parked: boolean;
  targets: number;
  mostAttempts: number;
  firstAt: Date;
  lastAt: Date;
}

/** A run in which a target failed. */
export interface FailedRun {
  run: string;
  at: Date;
  reason: string;
}

export type FailureFilter = Pick<FailuresParams, "search" | "reason" | "state">;

interface Row {
  target: string;
  attempts: number;
  first_at: Date;
  last_at: Date;
  last_error: string;
  last_run_id: string;
  parked: boolean;
}

const columns = "target, attempts, first_at, last_at, last_error, last_run_id, parked";

/** $1 dao, $2 state, $3 reason, $4 pattern of the target. */
const matches = `dao_slug = $1 AND ($2 = 'all' OR parked = ($2 = 'parked'))
  AND ($3 = '' OR last_error = $3) AND ($4 = '' OR target LIKE $4)`;

const orders: Record<FailuresParams["sort"], string> = {
  lastSeen: "last_at",
  firstSeen: "first_at",
  attempts: "attempts",
  target: "target",
};

/** Groups shown at most: reasons that quote a value can be as many as the targets. */
const MOST_GROUPS = 100;
const MOST_RUNS = 10;

/** Reads what is failing. Every method throws `DependencyError` when PostgreSQL is away. */
export class FailedTargets {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  async counts(): Promise<{ failing: number; parked: number }> {
    const [row] = await runStatement<{ failing: number; parked: number }>(
      this.#pool,
      `SELECT count(*) FILTER (WHERE NOT parked)::int AS failing,
         count(*) FILTER (WHERE parked)::int AS parked
       FROM failed_targets WHERE dao_slug = $1`,
      [this.#daoSlug],
    );
    return row ?? { failing: 0, parked: 0 };
  }

  /** Names of all targets that the filter finds, at most `limit`. */
  async names(filter: FailureFilter, limit?: number): Promise<string[]> {
    const rows = await runStatement<{ target: string }>(
      this.#pool,
      `SELECT target FROM failed_targets WHERE ${matches} ORDER BY target LIMIT $5`,
      [...this.#values(filter), limit ?? null],
    );
    return rows.map(({ target }) => target);
  }

  async count(filter: FailureFilter): Promise<number> {
    const [row] = await runStatement<{ count: number }>(
      this.#pool,
      `SELECT count(*)::int AS count FROM failed_targets WHERE ${matches}`,
      this.#values(filter),
    );
    return row?.count ?? 0;
  }

  async list(
    filter: FailureFilter & Pick<FailuresParams, "sort" | "direction">,
    { offset, count }: { offset: number; count: number },
  ): Promise<FailedTarget[]> {
    const direction = filter.direction === "asc" ? "ASC" : "DESC";
    const rows = await runStatement<Row>(
      this.#pool,
      `SELECT ${columns} FROM failed_targets WHERE ${matches}
       ORDER BY target IN ($5, 'forum_topic:' || $5::text) DESC, ${orders[filter.sort]} ${direction}, target LIMIT $6 OFFSET $7`,
      [...this.#values(filter), filter.search, count, offset],
    );
    return rows.map(fromRow);
  }

  /** Reasons with how many targets they stop, the most frequent first. */
  async groups(filter: FailureFilter): Promise<FailureGroup[]> {
    const rows = await runStatement<Omit<Row, "target"> & { targets: number }>(
      this.#pool,
      `SELECT last_error, parked, count(*)::int AS targets, max(attempts) AS attempts,
         min(first_at) AS first_at, max(last_at) AS last_at
       FROM failed_targets WHERE ${matches}
       GROUP BY last_error, parked ORDER BY targets DESC, last_error LIMIT ${MOST_GROUPS}`,
      this.#values(filter),
    );
    return rows.map((row) => ({
      reason: row.last_error,
      parked: row.parked,
      targets: row.targets,
      mostAttempts: row.attempts,
      firstAt: row.first_at,
      lastAt: row.last_at,
    }));
  }

  /** Those of these targets that are failing, by name. */
  async ofTargets(targets: string[]): Promise<Map<string, FailedTarget>> {
    if (targets.length === 0) return new Map();
    const rows = await runStatement<Row>(
      this.#pool,
      `SELECT ${columns} FROM failed_targets WHERE dao_slug = $1 AND target = ANY($2::text[])`,
      [this.#daoSlug, targets],
    );
    return new Map(rows.map((row) => [row.target, fromRow(row)]));
  }

  /** The last runs in which each of these targets failed, newest first, by name. */
  async runsOf(targets: string[]): Promise<Map<string, FailedRun[]>> {
    const rows = await runStatement<{ target: string; run: string; at: Date; reason: string }>(
      this.#pool,
      `SELECT wanted.target, failed.run, failed.at, failed.reason
       FROM unnest($2::text[]) AS wanted(target) CROSS JOIN LATERAL (
         SELECT errors.id, run_id AS run, created_at AS at, errors.error AS reason
         FROM sync_run_errors AS errors JOIN sync_runs ON sync_runs.id = run_id
         WHERE errors.target = wanted.target AND dao_slug = $1
         ORDER BY errors.id DESC LIMIT ${MOST_RUNS}
       ) AS failed ORDER BY failed.id DESC`,
      [this.#daoSlug, targets],
    );
    const runs = new Map<string, FailedRun[]>(targets.map((target) => [target, []]));
    for (const { target, run, at, reason } of rows) runs.get(target)?.push({ run, at, reason });
    return runs;
  }

  #values({ state, reason, search }: FailureFilter): unknown[] {
    return [this.#daoSlug, state, reason, search === "" ? "" : containsPattern(search)];
  }
}

function fromRow(row: Row): FailedTarget {
  return {
    target: row.target,
    attempts: row.attempts,
    firstAt: row.first_at,
    lastAt: row.last_at,
    reason: row.last_error,
    lastRun: row.last_run_id,
    parked: row.parked,
  };
}
