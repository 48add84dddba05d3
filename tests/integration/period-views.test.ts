import { beforeEach, describe, expect, it } from "vitest";
import { addDays } from "~/lib/utc-days";
import { createLogger } from "~/platform/logger.server";
import { periodNames, readPeriod, withPrevious, type Period } from "~/stats/period";
import { PeriodViews } from "~/stats/period-views.server";
import { MOST_KEPT, REACHABLE } from "~/stats/ranking";
import { testDaoSlug } from "../helpers/dao-slug";
import { useServers } from "../helpers/use-servers";

/** Periods, compared with plain statements on the same tables. */

const today = "2026-11-27";
const use = useServers();
let daoSlug: string;
let now: Date;
let periodViews: PeriodViews;
const silentLogger = createLogger("silent");

beforeEach(openForum);

function openForum(): void {
  daoSlug = testDaoSlug();
  now = new Date(`${today}T12:00:00Z`);
  const { pool } = use.servers;
  periodViews = new PeriodViews({ pool, daoSlug, clock: () => now, logger: silentLogger });
}

async function run(statement: string, ...values: unknown[]) {
  await use.servers.pool.query(statement, [daoSlug, ...values]);
}

/** Topics t1, t2 and so on, on each of the last days; each third topic on each third day. */
async function seed(topics: number, days: number): Promise<void> {
  await run(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
     SELECT $1, 't' || topic, $2::date - ago, 1 + topic * 7919 % 1009 * (1 + ago % 5)
     FROM generate_series(1, $3::int) AS topic, generate_series(0, $4::int - 1) AS ago
     WHERE (topic + ago) % 3 = 0`,
    today,
    topics,
    days,
  );
  await run(
    `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
     SELECT dao_slug, "topicId", sum(views), now() FROM forum_topic_view_daily
     WHERE dao_slug = $1 GROUP BY 1, 2`,
  );
  await run(
    `INSERT INTO topics (dao_slug, "topicId", title, category, search)
     SELECT dao_slug, "topicId", 'Title', CASE WHEN "topicId" LIKE '%1' THEN 'Grants' END, ''
     FROM forum_topic_view_stats WHERE dao_slug = $1`,
  );
  await book(1);
}

/** Updates the books like a sync. */
async function book(applied: number, discarded = 0): Promise<void> {
  await run(
    `INSERT INTO view_books (dao_slug, applied, discarded) VALUES ($1, $2, $3)
     ON CONFLICT (dao_slug) DO UPDATE SET applied = view_books.applied + excluded.applied,
       discarded = view_books.discarded + excluded.discarded`,
    applied,
    discarded,
  );
}

/** Persists views like a sync: the topic, its day and the books. */
async function flush(topicId: string, views: number, day = today): Promise<void> {
  await run(
    `WITH topic AS (
       INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated")
       VALUES ($1, $2, $3, now())
       ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = stats.views + excluded.views
     ), daily AS (
       INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
       VALUES ($1, $2, $4::date, $3)
       ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + excluded.views
     )
     UPDATE view_books SET applied = applied + $3 WHERE dao_slug = $1`,
    topicId,
    views,
    day,
  );
}

interface Row {
  topicId: string;
  views: number;
  previous: number;
}

async function inTable({ from, to, previous }: Period, category?: string): Promise<Row[]> {
  const { rows } = await use.servers.pool.query<Row>(
    `SELECT "topicId", sum(views) FILTER (WHERE day >= $2)::float8 AS views,
       COALESCE(sum(views) FILTER (WHERE day < $2), 0)::float8 AS previous
     FROM forum_topic_view_daily WHERE dao_slug = $1 AND day BETWEEN $3 AND $4
       AND ($5::text IS NULL OR "topicId" IN (
         SELECT "topicId" FROM topics WHERE dao_slug = $1 AND category = $5))
     GROUP BY "topicId" HAVING sum(views) FILTER (WHERE day >= $2) > 0
     ORDER BY 2 DESC, "topicId" COLLATE "C"`,
    [daoSlug, from, previous?.from ?? from, to, category ?? null],
  );
  return rows;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** Compares everything that is shown of a period with the table, and checks that it adds up. */
async function check(period: Period, category?: string): Promise<Row[]> {
  const moment = await periodViews.now();
  const [days, ranking, categories] = await Promise.all([
    periodViews.days(moment, period, category),
    periodViews.ranking(moment, period, category),
    periodViews.categories(moment, period),
  ]);
  const rows = await inTable(period, category);
  expect(ranking.topics).toEqual(rows.slice(0, ranking.topics.length));
  expect(ranking.isComplete).toBe(ranking.topics.length === rows.length);
  expect(days.total).toBe(sum(rows.map(({ views }) => views)));
  expect(sum(days.views) + days.withoutDay).toBe(days.total);
  if (category === undefined) expect(sum(categories.map(({ views }) => views))).toBe(days.total);
  const risen = rows
    .filter(({ views, previous }) => views > previous)
    .sort((one, other) => other.views - other.previous - (one.views - one.previous));
  const growths = (list: Row[]) => list.map(({ views, previous }) => views - previous);
  expect(growths(ranking.rising)).toEqual(growths(risen.slice(0, 10)));
  return rows;
}

function period(query: string): Period {
  const params = new URLSearchParams(query);
  return readPeriod(params, { today, firstDay: addDays(today, -39) });
}

const periods = ["period=today", "period=7d", "", "period=90d", "period=12m"];

describe("a period", () => {
  it.each([...periods, "from=2026-11-02&to=2026-11-20"])(
    "adds up, before and after a sync: %s",
    async (query) => {
      await seed(200, 40);
      await check(period(query));
      await flush("t4", 70_000);
      await flush("new", 3);
      await check(period(query));
      await check(period(query), "Grants");
    },
  );

  it("of all time has the views that belong to no day, too", async () => {
    await seed(200, 40);
    await run(`UPDATE forum_topic_view_stats SET views = views + 10 WHERE dao_slug = $1`);
    const read = async () => {
      const moment = await periodViews.now();
      const all = period("period=all");
      return {
        days: await periodViews.days(moment, all),
        topics: (await periodViews.ranking(moment, all)).topics,
        one: await periodViews.sumsOf(moment, all, ["t4"]),
      };
    };
    expect((await read()).days).toMatchObject({ withoutDay: 2_000, previous: undefined });
    await flush("t4", 90_000);
    const { days, topics, one } = await read();
    expect(days.withoutDay).toBe(2_000);
    expect(days.total).toBe(sum(topics.map(({ views }) => views)));
    expect(sum(days.views)).toBe(days.total - 2_000);
    expect(topics[0]).toEqual(one[0]);
    expect(topics[0]?.topicId).toBe("t4");
  });

  it("follows views that are taken off days that are over", async () => {
    await seed(50, 40);
    await check(period(""));
    await run(
      `UPDATE forum_topic_view_daily SET views = 0 WHERE dao_slug = $1 AND day = $2::date`,
      addDays(today, -3),
    );
    await book(-5, 5);
    await check(period(""));
  });

  it("follows a history that comes in later", async () => {
    await seed(50, 2);
    await check(period(""));
    await run(
      `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
       SELECT $1, 't' || topic, $2::date - 20, 5 FROM generate_series(1, 50) AS topic`,
      today,
    );
    await check(period(""));
  });

  it("takes what a sync that began before midnight adds after it", async () => {
    await seed(50, 40);
    now = new Date(`${addDays(today, 1)}T00:05:00Z`);
    const last = withPrevious("custom", { from: today, to: today });
    await check(last);
    await flush("t4", 5);
    await check(last);
    await check(withPrevious("custom", { from: addDays(today, 1), to: addDays(today, 1) }));
  });

  it("shows the days of single topics", async () => {
    await seed(50, 40);
    await flush("t4", 5);
    const moment = await periodViews.now();
    const topicIds = ["t4", "t6", "unknown"];
    const days = await periodViews.daysOf(moment, period(""), topicIds);
    const sums = await periodViews.sumsOf(moment, period(""), topicIds);
    expect(days.map(sum)).toEqual(sums.map(({ views }) => views));
    expect(sums[2]).toEqual({ topicId: "unknown", views: 0, previous: 0 });
    expect(days[0]).toHaveLength(28);
  });
});

it("a forum with more topics than are kept is ranked as exactly", async () => {
  // PostgreSQL knows other forums, and nothing of this one: it must not expect a single topic.
  await seed(200, 40);
  await use.servers.pool.query("ANALYZE");
  openForum();
  await seed(2 * MOST_KEPT, 10);
  const week = period("period=7d");
  expect((await check(week)).length).toBeGreaterThan(MOST_KEPT);
  const { topics } = await periodViews.ranking(await periodViews.now(), week);
  expect(topics).toHaveLength(REACHABLE);
  // Topics with too few views to be kept, until today.
  const least = (await inTable(week)).slice(-3).map(({ topicId }) => topicId);
  for (const topicId of least) await flush(topicId, 50_000);
  await check(week);
  await check(period("period=all"));

  // So many that they are not looked up one by one.
  const many = (await inTable(week)).slice(-10_000).map(({ topicId }) => topicId);
  await run(
    `WITH daily AS (
       INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
       SELECT $1, "topicId", $2::date, 60000 FROM unnest($3::text[]) AS many("topicId")
       ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + excluded.views
     )
     UPDATE forum_topic_view_stats SET views = views + 60000
     WHERE dao_slug = $1 AND "topicId" = ANY($3)`,
    today,
    many,
  );
  await book(60_000 * many.length);
  await check(week);

  // What was looked up is not looked up again: these rows change, and no counter says so.
  const [topicId] = least as [string];
  const views = async () => {
    const { topics: ranked } = await periodViews.ranking(await periodViews.now(), week);
    return ranked.find((topic) => topic.topicId === topicId)?.views;
  };
  await flush(topicId, 100_000);
  const before = (await views())!;
  await run(
    `UPDATE forum_topic_view_daily SET views = views + 1000
     WHERE dao_slug = $1 AND "topicId" = $2 AND day < $3::date`,
    topicId,
    today,
  );
  await flush(topicId, 3);
  expect(await views()).toBe(before + 3);
});

describe("sums that are read in advance", () => {
  const expected = async (query: string) =>
    inTable(readPeriod(new URLSearchParams(query), await periodViews.now()));
  const ranked = async (query: string) => {
    const moment = await periodViews.now();
    return (await periodViews.ranking(moment, readPeriod(new URLSearchParams(query), moment)))
      .topics;
  };
  /** No counter shows this change of days that are over, so only what is read afterwards has it. */
  const changeSilently = async () => {
    await run(
      `UPDATE forum_topic_view_daily SET views = views + 1000 WHERE dao_slug = $1 AND day < $2::date`,
      today,
    );
    await run(`UPDATE forum_topic_view_stats SET views = views + 1000 WHERE dao_slug = $1`);
  };

  beforeEach(() => seed(30, 40));

  it.each([["00:05"], ["00:20"], ["00:05", "00:20"]])(
    "are those of all periods with a name: at %s",
    async (...times) => {
      for (const time of times) {
        now = new Date(`${addDays(today, 1)}T${time}:00Z`);
        await periodViews.prepare();
      }
      const searches = periodNames.map((name) => `period=${name}`);
      const before = await Promise.all(searches.map(expected));
      await changeSilently();
      expect(await Promise.all(searches.map(ranked))).toEqual(before);
      const chosen = `from=${addDays(today, -3)}&to=${today}`;
      expect(await ranked(chosen)).toEqual(await expected(chosen));
    },
  );

  it("are read again when days that are over have changed", async () => {
    await periodViews.prepare();
    await changeSilently();
    await book(-1, 1);
    await periodViews.prepare();
    const after = await expected("");
    await changeSilently();
    expect(await ranked("")).toEqual(after);
  });

  it("are read later if PostgreSQL is away", async () => {
    const { pool } = use.servers;
    let isAway = true;
    const connect = pool.connect.bind(pool);
    const sometimes = Object.create(pool, {
      connect: {
        value: (...args: []) => (isAway ? Promise.reject(new Error("away")) : connect(...args)),
      },
    }) as typeof pool;
    periodViews = new PeriodViews({
      ...{ pool: sometimes, daoSlug, clock: () => now, logger: silentLogger },
    });
    await periodViews.prepare();
    isAway = false;
    await periodViews.prepare();
    const before = await expected("");
    await changeSilently();
    expect(await ranked("")).toEqual(before);
  });
});

it("everything that is read of one moment adds up while syncs run", async () => {
  await seed(100, 40);
  let isOver = false;
  const syncs = (async () => {
    for (let turn = 0; !isOver; turn += 1) await flush(`t${turn % 120}`, 1 + (turn % 7));
  })();
  for (let turn = 0; turn < 20; turn += 1) {
    const shown = period(periods[turn % periods.length]!);
    const moment = await periodViews.now();
    const { topics } = await periodViews.ranking(moment, shown);
    const days = await periodViews.days(moment, shown);
    const categories = await periodViews.categories(moment, shown);
    expect(sum(topics.map(({ views }) => views))).toBe(days.total);
    expect(sum(categories.map(({ views }) => views))).toBe(days.total);
    expect(sum(days.views)).toBe(days.total);
  }
  isOver = true;
  await syncs;
});
