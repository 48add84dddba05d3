import { beforeEach, describe, expect, it } from "vitest";
import { TopicList, type TopicFilter } from "~/stats/topic-list.server";
import { LONGEST_RANKING, TopicRankings } from "~/stats/topic-rankings.server";
import { testDaoSlug } from "../helpers/dao-slug";
import { useServers } from "../helpers/use-servers";

/** Lists of more topics than a ranking holds, against what a plain statement says of the same table. */

const TOPICS = LONGEST_RANKING + 2_500;
const use = useServers();
let daoSlug: string;
let topics: TopicList;

beforeEach(async () => {
  const { pool } = use.servers;
  daoSlug = testDaoSlug();
  topics = new TopicList({ pool, daoSlug, rankings: new TopicRankings({ pool, daoSlug }) });
  await pool.query(
    `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
     SELECT $1, 't' || i, 1 + i * 7919 % 10007, timestamp '2026-01-01' + i * interval '1 min'
     FROM generate_series(1, ${TOPICS}) AS i`,
    [daoSlug],
  );
  await apply(0);
});

/** What a sync leaves behind in the books. */
async function apply(views: number): Promise<void> {
  await use.servers.pool.query(
    `INSERT INTO view_books (dao_slug, applied) VALUES ($1, $2)
     ON CONFLICT (dao_slug) DO UPDATE SET applied = view_books.applied + excluded.applied`,
    [daoSlug, views],
  );
}

async function addViews(condition: string, views: number): Promise<void> {
  const { rowCount } = await use.servers.pool.query(
    `UPDATE forum_topic_view_stats SET views = views + $2 WHERE dao_slug = $1 AND ${condition}`,
    [daoSlug, views],
  );
  await apply((rowCount ?? 0) * views);
}

/** The ids in this order, straight from the table. */
async function inTable(order: string, limit: number, offset = 0, search = ""): Promise<string[]> {
  const { rows } = await use.servers.pool.query<{ topicId: string }>(
    `SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" LIKE $4
     ORDER BY ${order} LIMIT $2 OFFSET $3`,
    [daoSlug, limit, offset, `%${search}%`],
  );
  return rows.map(({ topicId }) => topicId);
}

const byViews: TopicFilter = { search: "", sort: "views", direction: "desc" };
const orders: Array<[TopicFilter, string]> = [
  [byViews, 'views DESC, "topicId"'],
  [{ ...byViews, direction: "asc" }, 'views, "topicId"'],
  [{ ...byViews, sort: "lastUpdated" }, '"lastUpdated" DESC, "topicId"'],
  [{ ...byViews, sort: "lastUpdated", direction: "asc" }, '"lastUpdated", "topicId"'],
];

describe("all topics", () => {
  it.each(orders)("are ranked: %o", async (filter, order) => {
    for (const page of [1, 3, 100]) {
      const found = await topics.page(filter, { page, pageSize: 100 });
      expect(found.page).toMatchObject({ total: TOPICS, page, pages: 100 });
      expect(found.reachable).toBe(LONGEST_RANKING);
      expect(found.topicIds).toEqual(await inTable(order, 100, (page - 1) * 100));
    }
    const last = await topics.page(filter, { page: 5_000, pageSize: 100 });
    expect(last.page.page).toBe(100);
    expect(last.topicIds).toEqual(await inTable(order, 100, LONGEST_RANKING - 100));
  });

  it.each(["asc", "desc"] as const)("are paged to the end by their id, %s", async (direction) => {
    for (const page of [1, 60, 65, 124, 125, 126]) {
      const found = await topics.page(
        { search: "", sort: "topicId", direction },
        { page, pageSize: 100 },
      );
      const shown = Math.min(page, 125);
      expect(found).toMatchObject({ page: { page: shown, pages: 125 }, reachable: undefined });
      expect(found.topicIds).toEqual(
        await inTable(`"topicId" ${direction}`, 100, (shown - 1) * 100),
      );
    }
  });

  it("are ranked anew after each sync", async () => {
    await topics.page(byViews, { page: 1, pageSize: 100 });
    for (const change of [`"topicId" = 't77'`, `"topicId" LIKE 't1%'`, "views < 1000"]) {
      await addViews(change, 20_000);
      const last = await topics.page(byViews, { page: 100, pageSize: 100 });
      expect(last.topicIds).toEqual(await inTable(orders[0]![1], 100, LONGEST_RANKING - 100));
      const { topicIds } = await topics.page(byViews, { page: 1, pageSize: 25 });
      expect(topicIds).toEqual(await inTable(orders[0]![1], 25));
      const oldest = { ...byViews, direction: "asc" } as const;
      const least = await topics.page(oldest, { page: 1, pageSize: 25 });
      expect(least.topicIds).toEqual(await inTable(orders[1]![1], 25));
    }
  });

  it("are ranked right even when rows were removed by hand", async () => {
    await topics.page(byViews, { page: 1, pageSize: 100 });
    await use.servers.pool.query(
      `DELETE FROM forum_topic_view_stats WHERE dao_slug = $1 AND views > 5000`,
      [daoSlug],
    );
    await apply(1);
    const first = await topics.page(byViews, { page: 1, pageSize: 25 });
    expect(first.topicIds).toEqual(await inTable(orders[0]![1], 25));
    const last = await topics.page(byViews, { page: 1_000, pageSize: 25 });
    expect(last.topicIds).toEqual(await inTable(orders[0]![1], 25, last.page.offset));
  });
});

const byId = { ...byViews, sort: "topicId" } as const;

describe("a search", () => {
  it.each<[TopicFilter, string]>([
    ...orders,
    [byId, '"topicId" DESC'],
    [{ ...byId, direction: "asc" }, '"topicId"'],
  ])("that finds more than can be counted has the right pages: %o", async (filter, order) => {
    const search = "t1";
    await use.servers.pool.query(
      `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
       SELECT $1, 'more-t1-' || i, 5000 + i % 100, now() AT TIME ZONE 'UTC'
       FROM generate_series(1, ${LONGEST_RANKING}) AS i`,
      [daoSlug],
    );
    const exactFirst = `"topicId" = 't1' DESC, ${order}`;
    for (const page of [1, 2, 100]) {
      const found = await topics.page({ ...filter, search }, { page, pageSize: 100 });
      expect(found.page).toMatchObject({ total: LONGEST_RANKING, hasMore: true, pages: 100 });
      expect(found.reachable).toBe(LONGEST_RANKING);
      expect(found.topicIds).toEqual(await inTable(exactFirst, 100, (page - 1) * 100, search));
    }
  });

  it("that finds fewer counts them, and leads to the last page from behind it", async () => {
    const search = "77";
    const matching = await inTable('views DESC, "topicId"', TOPICS, 0, search);
    const filter = { ...byViews, search };
    const found = await topics.page(filter, { page: 999, pageSize: 25 });
    const pages = Math.ceil(matching.length / 25);
    expect(found.page).toEqual({
      total: matching.length,
      page: pages,
      pages,
      pageSize: 25,
      offset: (pages - 1) * 25,
    });
    expect(found.topicIds).toEqual(matching.slice((pages - 1) * 25));
    expect(found.reachable).toBeUndefined();
  });
});
