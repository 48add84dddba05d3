import { BooksReader } from "../../../app/sync/balance/books.server";
import { topicTarget } from "../../../app/sync/target";
import { fillOverlay } from "../../../tests/helpers/sync-fixture";
import type { BenchServers } from "../bench-servers";

export const sizes = {
  topics: 1_000_000,
  days: 90,
  pending: 100_000,
  failing: 400,
  parked: 100,
  runs: 5_000,
  audit: 5_000,
  users: 50,
};

/** The run that all errors belong to. */
export const failedRun = 4_995;
const minutesBetweenRuns = 10;
/** The views of each failing or parked target. */
const keptViews = 7;

/** $1 dao. A few topics have most of the views, here and on each day. */
const topics = `
INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated", batch_id)
SELECT $1, id::text, 40 + 200000 / id + id % 50,
  now() AT TIME ZONE 'UTC' - id % 43200 * interval '1 minute', 1 + id % ${sizes.runs}
FROM generate_series(1, ${sizes.topics}) AS id`;

/** $1 dao. Every topic was viewed on nine of the days, and all days have the same number of rows. */
const daily = `
INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
SELECT $1, id::text, (now() AT TIME ZONE 'UTC')::date - days_ago, 1 + 20000 / id + id % 3
FROM generate_series(1, ${sizes.topics}) AS id, generate_series(0, 8) AS turn,
  LATERAL (SELECT (id * 7 + turn * 11) % ${sizes.days} AS days_ago) AS of_turn
ORDER BY days_ago DESC`;

/** $1 dao. A third of the topics have a category. */
const directory = `
INSERT INTO topics (dao_slug, "topicId", title, category, search)
SELECT $1, id::text, 'Topic number ' || id, CASE id % 3 WHEN 0 THEN 'Category ' || id % 20 END,
  'topic number ' || id || ' ' || id
FROM generate_series(1, ${sizes.topics}) AS id`;

const runs = `
INSERT INTO sync_runs (id, dao_slug, trigger, actor, status, started_at, heartbeat_at, finished_at,
  total, flushed, failed, views_flushed, batch_id)
SELECT id, $1, 'cron', 'cron',
  (CASE WHEN id = ${failedRun} THEN 'partial' WHEN id % 5 = 1 THEN 'empty' ELSE 'succeeded' END)::run_status,
  at, at, at + (300 + id % 200) * interval '1 millisecond',
  flushed + failed, flushed, failed, flushed * 4, id
FROM generate_series(1, ${sizes.runs}) AS id,
  LATERAL (SELECT now() - (${sizes.runs} - id) * interval '${minutesBetweenRuns} minutes' AS at,
    CASE WHEN id % 5 = 1 THEN 0 ELSE 800 + id * 7919 % 900 END AS flushed,
    CASE WHEN id = ${failedRun} THEN ${sizes.failing + sizes.parked} ELSE 0 END AS failed) AS facts`;

/** $1 dao, $2 targets that are failing, $3 targets that are parked. */
const failures = `
WITH failing AS (
  SELECT target, false AS parked FROM unnest($2::text[]) AS target
  UNION ALL SELECT target, true FROM unnest($3::text[]) AS target
), history AS (
  INSERT INTO sync_run_targets (run_id, target, views, error)
  SELECT ${failedRun}, target, 3, 'The topic is locked' FROM failing
)
INSERT INTO failed_targets
  (dao_slug, target, "topicId", views, batch_id, attempts, last_error, last_run_id)
SELECT $1, target, substring(target FROM ':(.*)$'), ${keptViews}, ${failedRun},
  CASE WHEN parked THEN 5 ELSE 2 END, 'The topic is locked', ${failedRun}
FROM failing`;

const people = `
WITH audit AS (
  INSERT INTO audit_log (dao_slug, actor, action, run_id, details, created_at)
  SELECT $1, 'admin' || id % 20 || '@example.org', 'flush', id, jsonb_build_object('targets', id),
    now() - id * interval '7 minutes'
  FROM generate_series(1, ${sizes.audit}) AS id
)
INSERT INTO users (email, password_hash, role)
SELECT 'operator' || id || '@example.org', 'nobody signs in with this', 'operator'
FROM generate_series(1, ${sizes.users}) AS id`;

const books = `
INSERT INTO view_books (dao_slug, applied, last_batch_id)
SELECT dao_slug, sum(views), ${sizes.runs} FROM forum_topic_view_stats WHERE dao_slug = $1
GROUP BY dao_slug RETURNING applied`;

/** Fills empty stores with the data of a large forum, with balanced books. */
export async function seedForum(servers: BenchServers): Promise<void> {
  const { pool, redis, keys, daoSlug } = servers;
  for (const statement of [topics, daily, directory, runs, people])
    await pool.query(statement, [daoSlug]);
  const pendingIds = Array.from({ length: sizes.pending }, (_, index) => String(10 * (index + 1)));
  const failing = pendingIds.slice(0, sizes.failing).map(topicTarget);
  const parked = pendingIds.slice(-sizes.parked).map(topicTarget);
  await pool.query(failures, [daoSlug, failing, parked]);
  const { rows } = await pool.query<{ applied: string }>(books, [daoSlug]);
  await pool.query("VACUUM ANALYZE");

  await fillOverlay(
    { redis, keys },
    new Map(pendingIds.map((id, index) => [id, 1 + (index % 50)])),
  );
  await redis.hset(keys.totals, "since", Date.now() - minutesBetweenRuns * 60_000);
  const kept = keptViews * (failing.length + parked.length);
  await redis.incrby(keys.accepted, kept + Number(rows[0]?.applied));
  await redis.set(keys.lastBatch, sizes.runs);
  const { difference } = await new BooksReader(servers).read();
  if (difference !== 0) throw new Error(`The seeded books are off by ${difference}`);
}

let syncs = 0;

/** Leaves the stores as a sync of one view would, so that today's views are read again. */
export async function persistOneView({ pool, redis, keys, daoSlug }: BenchServers): Promise<void> {
  await redis.incr(keys.accepted);
  syncs += 1;
  await pool.query(
    `WITH stats AS (
       UPDATE forum_topic_view_stats SET views = views + 1 WHERE dao_slug = $1 AND "topicId" = $2
     ), daily AS (
       INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
       VALUES ($1, $2, (now() AT TIME ZONE 'UTC')::date, 1)
       ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + 1
     )
     UPDATE view_books SET applied = applied + 1 WHERE dao_slug = $1`,
    [daoSlug, String(syncs)],
  );
}
