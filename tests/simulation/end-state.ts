import type { SyncFixture } from "../helpers/sync-fixture";
import type { InMemoryPostgres } from "./in-memory-postgres";

/** Times are left out of what is compared. */
function withoutTimes(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !["since", "openedAt"].includes(name)),
  );
}

/** What Redis holds of a DAO, real or in memory. */
export async function redisState({ redis, keys }: SyncFixture): Promise<unknown> {
  const members = (key: string) => redis.zrevrange(key, 0, -1, "WITHSCORES");
  return {
    overlay: await members(keys.overlay),
    batch: withoutTimes(await redis.hgetall(keys.batch)),
    members: await members(keys.batchMembers),
    totals: withoutTimes(await redis.hgetall(keys.totals)),
    accepted: await redis.get(keys.accepted),
    lastBatch: await redis.get(keys.lastBatch),
  };
}

/** What the in-memory PostgreSQL holds, in the shape of `postgresState`. */
export function tablesState({ tables }: InMemoryPostgres): unknown {
  const { stats, daily, failedTargets, runs, runTargets, audit, books } = tables;
  return {
    stats: [...stats].map(([topic, row]) => [topic, row.views, row.batch]).sort(byName),
    daily: [...daily].sort(byName),
    failing: [...failedTargets]
      .map(([target, row]) => [
        target,
        row.topicId,
        row.views,
        row.batch,
        row.attempts,
        row.error,
        row.lastRun,
      ])
      .sort(byName),
    runs: runs.map((run) => [
      run.trigger,
      run.status,
      run.total,
      run.flushed,
      run.failed,
      run.viewsFlushed,
      run.recovered,
      run.batch,
      run.warning,
    ]),
    runTargets: runTargets
      .map(({ run, target, views, error }) => [run, target, views, error])
      .sort(byName),
    audit: audit.map(({ action, details }) => [action, details]),
    books: books && Object.values(books),
  };
}

/** What PostgreSQL holds of a DAO; its runs are numbered from 1, as they are in memory. */
export async function postgresState({ pool, daoSlug }: SyncFixture): Promise<unknown> {
  async function rows(columns: string, from: string): Promise<unknown[][]> {
    const text = `
      WITH run AS (
        SELECT id, row_number() OVER (ORDER BY id)::int AS number FROM sync_runs WHERE dao_slug = $1
      ) SELECT ${columns} FROM ${from}`;
    const found = await pool.query<unknown[]>({ text, values: [daoSlug], rowMode: "array" });
    return found.rows;
  }
  const sorted = async (columns: string, from: string) => (await rows(columns, from)).sort(byName);
  const [books] = await rows(
    `applied::float8, discarded::float8, adopted::float8, last_batch_id::int, batch_taken::float8,
      batch_offset`,
    "view_books WHERE dao_slug = $1",
  );
  return {
    stats: await sorted(
      `"topicId", views, batch_id::int`,
      "forum_topic_view_stats WHERE dao_slug = $1",
    ),
    daily: await sorted(
      `"topicId", sum(views)::float8`,
      `forum_topic_view_daily WHERE dao_slug = $1 GROUP BY "topicId"`,
    ),
    failing: await sorted(
      `target, "topicId", views::float8, batch_id::int, attempts, last_error, number`,
      "failed_targets JOIN run ON run.id = last_run_id WHERE dao_slug = $1",
    ),
    runs: await rows(
      `trigger, status, total, flushed, failed, views_flushed::float8, recovered, batch_id::int,
        warning`,
      "sync_runs WHERE dao_slug = $1 ORDER BY id",
    ),
    runTargets: await sorted(
      "number, target, views::float8, error",
      "sync_run_targets JOIN run ON run.id = run_id",
    ),
    audit: await rows("action, details", "audit_log WHERE dao_slug = $1 ORDER BY id"),
    books,
  };
}

function byName(a: unknown[], b: unknown[]): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
