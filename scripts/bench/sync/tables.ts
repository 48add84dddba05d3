import type { BenchServers } from "../bench-servers";
import type { Contender, Topics } from "./contenders";

/** What topics have before a sync: their row, rows of many earlier days, and one for today. */
export const kinds = [
  { name: "new", hasRows: false, hasHistory: false, hasToday: false },
  { name: "existing", hasRows: true, hasHistory: false, hasToday: true },
  { name: "first of the day", hasRows: true, hasHistory: true, hasToday: false },
  { name: "later that day", hasRows: true, hasHistory: true, hasToday: true },
];

/** With more targets, creating a history of many days would take longer than all measurements. */
export const MOST_WITH_HISTORY = 100_000;

/** The views of each row before a sync, in cases with existing rows. */
const viewsBefore = 1_000;

export interface TablesBefore {
  kind: (typeof kinds)[number];
  size: number;
  historyDays: number;
}

const today = "(now() AT TIME ZONE 'UTC')::date";

/**
 * Brings the tables on disk into the same state before every sync. Rows are written in the order in which the
 * topics were created. A history is created once, because nobody writes to days that are over.
 */
export async function resetTables(
  { pool, daoSlug }: BenchServers,
  { kind, size, historyDays }: TablesBefore,
): Promise<void> {
  const insertDay = (age: number) =>
    pool.query(
      `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
       SELECT $1, id::text, ${today} - $4::int, $2 FROM generate_series(1, $3::int) AS id`,
      [daoSlug, viewsBefore, size, age],
    );
  await pool.query("TRUNCATE forum_topic_view_stats");
  const { rows } = await pool.query<{ age: number }>(
    `SELECT ${today} - min(day) AS age FROM forum_topic_view_daily
     WHERE dao_slug = $1 HAVING count(*) FILTER (WHERE day = ${today} - 1) = $2`,
    [daoSlug, size],
  );
  if (kind.hasHistory && rows[0]?.age === historyDays) {
    await pool.query(`DELETE FROM forum_topic_view_daily WHERE dao_slug = $1 AND day = ${today}`, [
      daoSlug,
    ]);
  } else {
    await pool.query("TRUNCATE forum_topic_view_daily");
    for (let age = kind.hasHistory ? historyDays : 0; age > 0; age -= 1) await insertDay(age);
  }
  if (kind.hasRows) {
    await pool.query(
      `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
       SELECT $1, id::text, $2, now() AT TIME ZONE 'UTC' FROM generate_series(1, $3::int) AS id`,
      [daoSlug, viewsBefore, size],
    );
  }
  if (kind.hasToday) await insertDay(0);
  await pool.query("VACUUM ANALYZE forum_topic_view_stats, forum_topic_view_daily");
  await pool.query("CHECKPOINT");
}

/** @throws Error if the tables do not hold exactly what they held before plus the views of `topics` */
export async function verifyTables(
  { pool, daoSlug }: BenchServers,
  { name, withDaily }: Contender,
  { hasRows, hasToday }: TablesBefore["kind"],
  { ids, views }: Topics,
): Promise<void> {
  const added = views.reduce((total, count) => total + count, 0);
  const tables = [
    { from: "forum_topic_view_stats WHERE dao_slug = $1", hadRows: hasRows },
    {
      from: `forum_topic_view_daily WHERE dao_slug = $1 AND day = ${today}`,
      hadRows: hasToday,
    },
  ];
  for (const { from, hadRows } of withDaily ? tables : tables.slice(0, 1)) {
    const { rows } = await pool.query<{ found: string }>(
      `SELECT count(*) || ' rows, ' || coalesce(sum(views), 0) || ' views' AS found FROM ${from}`,
      [daoSlug],
    );
    const found = rows[0]?.found;
    const expected = `${ids.length} rows, ${(hadRows ? viewsBefore * ids.length : 0) + added} views`;
    if (found !== expected) {
      throw new Error(`${name} left ${found} in ${from} instead of ${expected}`);
    }
  }
}
