import type pg from "pg";
import { createLogger } from "../../app/platform/logger.server";
import { connectDatabase } from "../../app/platform/postgres.server";
import { TopicDirectory } from "../../app/stats/directory.server";
import { inTransaction } from "../database/adopt-views";
import { withClient } from "../database/with-client";
import { HISTORY_DAYS, inventForum, type InventedTopic } from "./invented-forum";
import { topicIds } from "./topics-and-visitors";

/** Runs a day, and which of all runs failed, counted from the first. */
const RUNS_A_DAY = 4;
const FAILED_RUNS = [41, 42, 190, 305];
/** Who did this, according to runs and the audit log. */
const DEMO_ACTOR = "demo data";
/** The audit log shows this text as it is. */
const DEMO_ACTION = `Made up the history of ${HISTORY_DAYS} days, as demo data`;
const FAILING_VIEWS = 37;

/**
 * Books views that were not counted here as `npm run db:adopt` does, so that the balance holds. $1 dao, $2
 * views, $3 kept.
 */
const book = `
INSERT INTO view_books AS books (dao_slug, applied, adopted) VALUES ($1, $2::bigint, $2::bigint + $3::bigint)
ON CONFLICT (dao_slug) DO UPDATE
  SET applied = books.applied + excluded.applied, adopted = books.adopted + excluded.adopted`;

/** $1 dao, $2 topics, $3 days before today, $4 views. */
const insertDays = `
INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
SELECT $1, topic, (now() AT TIME ZONE 'UTC')::date - age, views
FROM unnest($2::text[], $3::int[], $4::int[]) AS day(topic, age, views)
ORDER BY 3, 2`;

/** $1 dao. */
const insertTotals = `
INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated")
SELECT dao_slug, "topicId", sum(views)::int, max(day) + time '20:10'
FROM forum_topic_view_daily WHERE dao_slug = $1 AND day < (now() AT TIME ZONE 'UTC')::date
GROUP BY dao_slug, "topicId" ORDER BY "topicId"
ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = stats.views + excluded.views
RETURNING views`;

/** Each run has a part of the views of its day. $1 dao, $2 actor, $3 runs a day, $4 failed runs. */
const insertRuns = `
INSERT INTO sync_runs (dao_slug, trigger, actor, status, started_at, heartbeat_at, finished_at, total, flushed,
  views_flushed, error)
SELECT $1, 'cron', $2, (CASE WHEN failed THEN 'failed' ELSE 'succeeded' END)::run_status, started, ended, ended,
  CASE WHEN failed THEN 0 ELSE topics END, CASE WHEN failed THEN 0 ELSE topics END,
  CASE WHEN failed THEN 0 ELSE views END, CASE WHEN failed THEN 'Database connection failed' END
FROM (
  SELECT (day + time '02:10' + turn * interval '6 hours') AT TIME ZONE 'UTC' AS started,
    (day + time '02:10' + turn * interval '6 hours') AT TIME ZONE 'UTC'
      + (0.2 + topics * 0.0004) * interval '1 second' AS ended,
    (topics * 0.6)::int AS topics, views / $3::int AS views,
    row_number() OVER (ORDER BY day, turn) = ANY($4::int[]) AS failed
  FROM (
    SELECT day, count(*)::int AS topics, sum(views) AS views FROM forum_topic_view_daily
    WHERE dao_slug = $1 AND day < (now() AT TIME ZONE 'UTC')::date GROUP BY day
  ) AS days, generate_series(0, $3::int - 1) AS turn
) AS run ORDER BY started`;

/**
 * $1 dao, $2 topic, $3 views. Parked, so that the demo's syncs leave it for the person who tries the demo.
 */
const insertFailing = `
INSERT INTO failed_targets (dao_slug, target, "topicId", views, attempts, first_at, last_at, last_error, last_run_id)
SELECT $1::text, 'forum_topic:' || $2::text, $2, $3::bigint, 5, now() - interval '9 hours', now() - interval '8 hours',
  'Demo data: canceling statement due to lock timeout', max(id)
FROM sync_runs WHERE dao_slug = $1`;

/** $1 dao. The kinds of the views counted each day, and how many requests were not counted. */
const insertKinds = `
INSERT INTO view_kinds_daily (dao_slug, day, kind, views)
SELECT $1, day, kind, round(views * share) FROM (
  SELECT day, sum(views) AS views FROM forum_topic_view_daily
  WHERE dao_slug = $1 AND day < (now() AT TIME ZONE 'UTC')::date GROUP BY day
) AS days, (
  VALUES ('wallet', 0.3), ('anonymous', 0.7), ('bot', 0.06), ('duplicate', 0.35), ('capped', 0.004)
) AS kinds(kind, share)
ON CONFLICT (dao_slug, day, kind) DO UPDATE SET views = view_kinds_daily.views + excluded.views`;

/** $1 dao, $2 actor, $3 action, $4 details. */
const note = `
INSERT INTO audit_log (dao_slug, actor, action, details) VALUES ($1, $2, $3, $4)`;

/**
 * Invents some months of a forum's history, once; everything is marked as demo data. Writes all or nothing of it: if
 * the demo is killed meanwhile, the next one begins again. Returns the number of views; undefined if there already is
 * a history.
 */
export async function seedHistory(
  databaseUrl: string,
  daoSlug: string,
): Promise<number | undefined> {
  const logger = createLogger("silent");
  const database = connectDatabase({ url: databaseUrl, poolSize: 2, logger });
  const { pool, prisma } = database;
  try {
    if (await prisma.auditEntry.findFirst({ where: { dao_slug: daoSlug, action: DEMO_ACTION } }))
      return undefined;
    const topics = inventForum(topicIds, new Date());
    const directory = new TopicDirectory({ pool, prisma, daoSlug, topicUrl: undefined });
    await directory.upsert(topics.map(directoryEntry));
    return await withClient(databaseUrl, (client) =>
      inTransaction(client, () => writeHistory(client, daoSlug, topics)),
    );
  } finally {
    await database.close();
  }
}

function directoryEntry({ topicId, title, category, age }: InventedTopic) {
  const url = `https://forum.example/t/${topicId}`;
  const createdAt = new Date(Date.now() - age * 86_400_000).toISOString();
  return { topicId, title, category, url, createdAt };
}

async function writeHistory(
  client: pg.Client,
  daoSlug: string,
  topics: InventedTopic[],
): Promise<number> {
  const days = topics.flatMap(({ topicId, views }) =>
    [...views].map(([age, counted]) => ({ topicId, age, counted })),
  );
  await client.query(insertDays, [
    daoSlug,
    days.map(({ topicId }) => topicId),
    days.map(({ age }) => age),
    days.map(({ counted }) => counted),
  ]);
  const views = days.reduce((sum, { counted }) => sum + counted, 0);
  await client.query(insertTotals, [daoSlug]);
  await client.query(book, [daoSlug, views, FAILING_VIEWS]);
  await client.query(insertRuns, [daoSlug, DEMO_ACTOR, RUNS_A_DAY, FAILED_RUNS]);
  await client.query(insertFailing, [daoSlug, topics[5]?.topicId, FAILING_VIEWS]);
  await client.query(insertKinds, [daoSlug]);
  const details = { topics: topics.length, views };
  await client.query(note, [daoSlug, DEMO_ACTOR, DEMO_ACTION, details]);
  return views;
}
