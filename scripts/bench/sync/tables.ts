import type pg from "pg";
import type { Contender, Topics } from "./contenders";

export const kinds = ["new", "existing"] as const;
export type Kind = (typeof kinds)[number];

/** What a row holds before a sync of the kind `existing`. */
const viewsBefore = 1_000;

interface Place {
  pool: pg.Pool;
  daoSlug: string;
}

/**
 * The same state before every sync, on disk, whoever comes next. `existing`: every topic has its row, and one
 * for today, written in the order in which the topics were made.
 */
export async function resetTables(
  { pool, daoSlug }: Place,
  kind: Kind,
  size: number,
): Promise<void> {
  await pool.query("TRUNCATE forum_topic_view_stats, forum_topic_view_daily");
  if (kind === "existing") {
    await pool.query(
      `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
       SELECT $1, id::text, $2, now() AT TIME ZONE 'UTC' FROM generate_series(1, $3::int) AS id`,
      [daoSlug, viewsBefore, size],
    );
    await pool.query(
      `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
       SELECT $1, id::text, (now() AT TIME ZONE 'UTC')::date, $2
       FROM generate_series(1, $3::int) AS id`,
      [daoSlug, viewsBefore, size],
    );
  }
  await pool.query("VACUUM ANALYZE forum_topic_view_stats, forum_topic_view_daily");
  await pool.query("CHECKPOINT");
}

/** @throws Error where the tables don't hold exactly what they held and the views of `topics` */
export async function verifyTables(
  { pool, daoSlug }: Place,
  contender: Contender,
  kind: Kind,
  topics: Topics,
): Promise<void> {
  const before = kind === "existing" ? viewsBefore * topics.ids.length : 0;
  const expected = `${topics.ids.length} rows, ${before + topics.sum} views`;
  const tables = [
    "forum_topic_view_stats",
    ...(contender.withDaily ? ["forum_topic_view_daily"] : []),
  ];
  for (const table of tables) {
    const { rows } = await pool.query<{ found: string }>(
      `SELECT count(*) || ' rows, ' || coalesce(sum(views), 0) || ' views' AS found
       FROM ${table} WHERE dao_slug = $1`,
      [daoSlug],
    );
    const found = rows[0]?.found;
    if (found === expected) continue;
    throw new Error(`${contender.name} left ${found} in ${table} instead of ${expected}`);
  }
}
