import type { Redis } from "ioredis";
import type pg from "pg";
import { GROUPS, MARK_GROUPS } from "~/counting/mark-epochs";
import type { ViewKeys } from "~/sync/redis/view-keys";

const tables = [
  ...["users", "sync_runs", "sync_run_targets", "failed_targets", "discards", "view_books"],
  ...["forum_topic_view_stats", "forum_topic_view_daily", "sessions"],
];

/**
 * A digest of the rows of every table; of the audit log, only of entries that nobody but an admin can cause.
 */
export async function databaseHoldings(pool: pg.Pool): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await pool.query<{ digest: string }>(
      `SELECT count(*) || ' rows, ' || md5(COALESCE(string_agg(row, '\n' ORDER BY row), ''))
       AS digest FROM (
         -- The requests sign in anew now and then.
         SELECT (to_jsonb(t) - 'last_signed_in_at')::text AS row FROM ${table} t
       ) AS rows`,
    );
    digests[table] = rows[0]?.digest ?? "";
  }
  const { rows } = await pool.query<{ entries: number }>(
    `SELECT count(*)::int AS entries FROM audit_log
     WHERE action NOT IN ('sign-in', 'sign-out-everywhere')`,
  );
  digests.audit_log = `${rows[0]?.entries} rows`;
  return digests;
}

export interface RedisHoldings {
  accepted: number;
  /** Viewers that are marked as counted. */
  marks: number;
  /** The kinds of keys, those of limits among them. */
  kinds: Set<string>;
  /** Keys of kinds that have to expire, but do not. */
  eternal: string[];
}

/** Five bytes of print, and three of time. */
const BYTES_OF_A_MARK = 8;
const lasting = new Set(["overlay", "accepted", "totals", "lastBatch", "batch"]);

export async function redisHoldings(redis: Redis, keys: ViewKeys): Promise<RedisHoldings> {
  const prefix = keys.overlay.slice(0, -"overlay".length);
  const kinds = new Set<string>();
  const eternal: string[] = [];
  let marks = 0;
  for await (const page of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
    for (const name of page as string[]) {
      const kind = name.slice(prefix.length).split(":")[0]!;
      kinds.add(kind);
      if (!lasting.has(kind) && (await redis.ttl(name)) === -1) eternal.push(name);
      if (kind !== "m") continue;
      for (const [group, records] of Object.entries(await redis.hgetallBuffer(name))) {
        if (Number(group) % GROUPS < MARK_GROUPS) marks += records.length / BYTES_OF_A_MARK;
      }
    }
  }
  return { accepted: Number(await redis.get(keys.accepted)), marks, kinds, eternal };
}
