import type { SyncFixture } from "../helpers/sync-fixture";
import type { PostgresTwin } from "./postgres-twin";

/** Ids that depend on what else a server has seen, and times, are left out of what is compared. */
function withoutIdsAndTimes(fields: Record<string, string>): Record<string, string> {
  const kept = Object.entries(fields).filter(
    ([name]) => !["owner", "since", "openedAt"].includes(name) && !name.startsWith("discard:"),
  );
  return Object.fromEntries(kept);
}

/** What Redis holds of a DAO, real or in memory. */
export async function redisState({ redis, keys }: SyncFixture): Promise<unknown> {
  const batch = await redis.hgetall(keys.batch);
  const members = (key: string) => redis.zrevrange(key, 0, -1, "WITHSCORES");
  return {
    overlay: await members(keys.overlay),
    parked: await members(keys.parked),
    batch: withoutIdsAndTimes(batch),
    members: await members(keys.batchMembers(Number(batch.id ?? 0))),
    totals: withoutIdsAndTimes(await redis.hgetall(keys.totals)),
    accepted: await redis.get(keys.accepted),
    lastBatch: await redis.get(keys.lastBatch),
  };
}

/** What the twin of PostgreSQL holds, in the shape of `postgresState`. */
export function tablesState({ tables }: PostgresTwin): unknown {
  const { stats, daily, failedTargets, runs, runErrors, discards, audit, books } = tables;
  return {
    stats: [...stats].map(([topic, { views, batch }]) => [topic, views, batch]).sort(byName),
    daily: [...daily].sort(byName),
    failing: [...failedTargets]
      .map(([target, { attempts, parked, error }]) => [target, attempts, parked, error])
      .sort(byName),
    runs: runs.map(
      ({ status, total, flushed, failed, viewsFlushed, recovered, batch, warning }) => [
        status,
        total,
        flushed,
        failed,
        viewsFlushed,
        recovered,
        batch ?? null,
        warning ?? null,
      ],
    ),
    errors: runErrors.map(({ target, error }) => [target, error]).sort(byName),
    discards: discards.map(({ targets, status, views }) => [targets, status, views]),
    audit: audit.map(({ action, views }) => [action, views]),
    books: books && [books.applied, books.discarded, books.lastBatch, books.batchApplied],
  };
}

/** What PostgreSQL holds of a DAO. */
export async function postgresState({ pool, daoSlug }: SyncFixture): Promise<unknown> {
  async function rows(columns: string, from: string): Promise<unknown[][]> {
    const text = `SELECT ${columns} FROM ${from}`;
    const found = await pool.query<unknown[]>({ text, values: [daoSlug], rowMode: "array" });
    return found.rows;
  }
  const runColumns =
    "status, total, flushed, failed, views_flushed::float8, recovered, batch_id::int, warning";
  const [books] = await rows(
    "applied::float8, discarded::float8, last_batch_id::int, batch_applied::float8",
    "view_books WHERE dao_slug = $1",
  );
  return {
    stats: (
      await rows(`"topicId", views, batch_id::int`, "forum_topic_view_stats WHERE dao_slug = $1")
    ).sort(byName),
    daily: (
      await rows(
        `"topicId", sum(views)::float8`,
        `forum_topic_view_daily WHERE dao_slug = $1 GROUP BY "topicId"`,
      )
    ).sort(byName),
    failing: (
      await rows("target, attempts, parked, last_error", "failed_targets WHERE dao_slug = $1")
    ).sort(byName),
    runs: await rows(runColumns, "sync_runs WHERE dao_slug = $1 ORDER BY id"),
    errors: (
      await rows(
        "target, sync_run_errors.error",
        "sync_run_errors JOIN sync_runs ON sync_runs.id = run_id WHERE dao_slug = $1",
      )
    ).sort(byName),
    discards: await rows(
      "targets, status, views::float8",
      "discards WHERE dao_slug = $1 ORDER BY id",
    ),
    audit: await rows(
      "action, (details->>'views')::int",
      "audit_log WHERE dao_slug = $1 ORDER BY id",
    ),
    books,
  };
}

function byName(a: unknown[], b: unknown[]): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
