import type pg from "pg";
import { onRedis } from "~/platform/dependency-error.server";
import { runStatement } from "~/platform/postgres.server";
import { RedisScript, type RedisClient } from "~/platform/redis-script.server";
import type { ViewKeys } from "../redis/view-keys";

/** How long a finished discard is remembered: far longer than a repeated script can be delayed. */
const DONE_SECONDS = 24 * 3_600;
const FIELD_PREFIX = "discard:";

/**
 * Deletes what a discard took, if exactly that is booked, and sets a key by which the discard's own scripts
 * take no more.
 * Keys: totals, the discard's set, the key to set. Arguments: field of the totals, views booked, seconds to
 * keep it.
 * Reply: 1 deleted, 0 more was taken since.
 */
const forgetDiscard = new RedisScript<0 | 1>(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '0') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('UNLINK', KEYS[2])
redis.call('SET', KEYS[3], '1', 'EX', ARGV[3])
return 1
`);

/** Books all that the discard has taken, and no part of it twice. $1 discard, $2 views taken, $3 dao. */
const bookDiscard = `
WITH before AS (
  SELECT id, dao_slug, actor, reason, cardinality(targets) AS targets, status, views FROM discards
  WHERE id = $1 AND dao_slug = $3 FOR UPDATE
), booked AS (
  UPDATE discards SET status = 'booked', views = GREATEST(discards.views, $2::bigint),
    booked_at = COALESCE(booked_at, clock_timestamp())
  FROM before WHERE discards.id = before.id
), audited AS (
  INSERT INTO audit_log (dao_slug, actor, action, details)
  SELECT dao_slug, actor, 'discard', jsonb_build_object(
    'discard', id::text, 'views', $2::bigint, 'targets', targets, 'reason', reason)
  FROM before WHERE status = 'intended' OR $2::bigint > views
)
UPDATE view_books SET discarded = discarded + GREATEST($2::bigint - before.views, 0)
FROM before WHERE view_books.dao_slug = $3`;

/**
 * A discard of the version before took views out of Redis first, and booked them second. What a crash or the
 * upgrade left between the two is booked here.
 */
export class OldDiscards {
  constructor(
    private readonly dependencies: {
      pool: pg.Pool;
      redis: RedisClient;
      keys: ViewKeys;
      daoSlug: string;
    },
  ) {}

  /** @throws DependencyError; the next run finishes the rest */
  async finish(): Promise<void> {
    const { pool, redis, keys, daoSlug } = this.dependencies;
    const { totals, discard, discardDone } = keys;
    for (;;) {
      const taken = await onRedis(() => redis.hgetall(totals));
      const field = Object.keys(taken).find((name) => name.startsWith(FIELD_PREFIX));
      if (field === undefined) return;
      const id = field.slice(FIELD_PREFIX.length);
      const views = taken[field]!;
      await runStatement(pool, bookDiscard, [id, views, daoSlug]);
      const touched = [totals, discard(id), discardDone(id)];
      await forgetDiscard.run(redis, touched, [field, views, DONE_SECONDS]);
    }
  }
}
