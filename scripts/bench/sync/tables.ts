import type pg from "pg";
import type { Contender, Topics } from "./contenders";

/**
 * `new` and `existing`: without a history; in the latter, every topic has its row and one for today. `first
 * of the day` and `later that day`: every topic has rows of many earlier days, and in the latter also one for
 * today.
 */
export const kinds = ["new", "existing", "first of the day", "later that day"] as const;
export type Kind = (typeof kinds)[number];

/** With more targets, creating a history of many days would take longer than all measurements. */
export const MOST_WITH_HISTORY = 100_000;

/** The views of each row before a sync, in cases with existing rows. */
const viewsBefore = 1_000;

interface Place {
  pool: pg.Pool;
  daoSlug: string;
}

export interface TablesBefore {
  kind: Kind;
  size: number;
  historyDays: number;
}

const today = "(now() AT TIME ZONE 'UTC')::date";

export function hasHistory(kind: Kind): boolean {
  return kind === "first of the day" || kind === "later that day";
}

/**
 * Brings the tables on disk into the same state before every sync. Rows are written in the order in which the
 * topics were created. A history is created once, because nobody writes to days that are over.
 */
export async function resetTables(
  place: Place,
  { kind, size, historyDays }: TablesBefore,
): Promise<void> {
  const { pool, daoSlug } = place;
  await pool.query("TRUNCATE forum_topic_view_stats");
  const { rows } = await pool.query<{ age: number }>(
    `SELECT ${today} - min(day) AS age FROM forum_topic_view_daily
     WHERE dao_slug = $1 HAVING count(*) FILTER (WHERE day = ${today} - 1) = $2`,
    [daoSlug, size],
  );
  if (hasHistory(kind) && rows[0]?.age === historyDays) {
    await pool.query(`DELETE FROM forum_topic_view_daily WHERE dao_slug = $1 AND day = ${today}`, [
      daoSlug,
    ]);
  } else {
    await pool.query("TRUNCATE forum_topic_view_daily");
    const oldest = hasHistory(kind) ? historyDays : 0;
    for (let age = oldest; age > 0; age -= 1) await insertDay(place, size, age);
  }
  if (kind !== "new") {
    await pool.query(
      `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
       SELECT $1, id::text, $2, now() AT TIME ZONE 'UTC' FROM generate_series(1, $3::int) AS id`,
      [daoSlug, viewsBefore, size],
    );
  }
  if (kind === "existing" || kind === "later that day") await insertDay(place, size, 0);
  await pool.query("VACUUM ANALYZE forum_topic_view_stats, forum_topic_view_daily");
  await pool.query("CHECKPOINT");
}

async function insertDay({ pool, daoSlug }: Place, size: number, age: number): Promise<void> {
  await pool.query(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
     SELECT $1, id::text, ${today} - $4::int, $2 FROM generate_series(1, $3::int) AS id`,
    [daoSlug, viewsBefore, size, age],
  );
}

/** @throws Error if the tables do not hold exactly what they held before plus the views of `topics` */
export async function verifyTables(
  { pool, daoSlug }: Place,
  contender: Contender,
  kind: Kind,
  topics: Topics,
): Promise<void> {
  const size = topics.ids.length;
  const tables = [
    { from: "forum_topic_view_stats WHERE dao_slug = $1", isNew: kind === "new" },
    {
      from: `forum_topic_view_daily WHERE dao_slug = $1 AND day = ${today}`,
      isNew: kind === "new" || kind === "first of the day",
    },
  ];
  for (const { from, isNew } of contender.withDaily ? tables : tables.slice(0, 1)) {
    const { rows } = await pool.query<{ found: string }>(
      `SELECT count(*) || ' rows, ' || coalesce(sum(views), 0) || ' views' AS found FROM ${from}`,
      [daoSlug],
    );
    const found = rows[0]?.found;
    const expected = `${size} rows, ${(isNew ? 0 : viewsBefore * size) + topics.sum} views`;
    if (found === expected) continue;
    throw new Error(`${contender.name} left ${found} in ${from} instead of ${expected}`);
  }
}
