import { beforeAll, describe, expect, it } from "vitest";
import { listDefaults, type PendingParams } from "~/lists/list-search";
import { presentPending } from "~/routes/admin.pending/load.server";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";

const use = useServers();
const dashboard = forAllTests(() => startDashboard(use.urls));

const oddMember = Buffer.concat([Buffer.from("forum_topic:"), Buffer.from([0xff, 0x00])]);

/**
 * 300 targets wait, two of them under names that no topic can have. 60 are in the open batch, of which PostgreSQL
 * has taken 20 into topics and 10 into failing targets. Views repeat, so that the order of equals matters, and one
 * target is in both places.
 */
beforeAll(async () => {
  const { keys, query, redis } = dashboard;
  const viewsOf = (index: number) => 1 + ((index * 7) % 25);
  const fill = async (key: string, prefix: string, count: number) => {
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      sum += viewsOf(index);
      await redis.zadd(key, viewsOf(index), `forum_topic:${prefix}${index}`);
    }
    return sum;
  };
  const waiting = await fill(keys.overlay, "w", 297);
  const batch = await fill(keys.batchMembers, "b", 59);
  await redis.zadd(keys.overlay, 3, oddMember, 2, "nonsense");
  for (const key of [keys.overlay, keys.batchMembers]) {
    await redis.zadd(key, 100, "forum_topic:everywhere");
  }
  await redis.hset(keys.totals, { overlay: waiting + 100, since: 1 });
  await redis.hset(keys.batch, { id: "4", openedAt: 1, since: 1, views: batch + 100 });
  await redis.set(keys.lastBatch, 4);
  await query(`INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated", batch_id)
     VALUES ($1, 'w1', 1000, now(), 4), ($1, 'w2', 2000, now(), 3), ($1, 'everywhere', 5, now(), 3)`);
  await query(`INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated", batch_id)
     SELECT $1, 'b' || i, 1 + (i * 7) % 25, now(), 4 FROM generate_series(0, 19) AS i`);
  await query(`INSERT INTO failed_targets (dao_slug, target, "topicId", views, batch_id, last_error, last_run_id)
     SELECT $1, 'forum_topic:b' || i, 'b' || i, 1 + (i * 7) % 25, 4, 'No such forum', 1
     FROM generate_series(20, 29) AS i`);
  const taken = Array.from({ length: 30 }, (_, index) => viewsOf(index));
  await query(
    `INSERT INTO view_books (dao_slug, last_batch_id, batch_taken) VALUES ($1, 4, $2)`,
    taken.reduce((sum, views) => sum + views, 0),
  );
});

const defaults = listDefaults.pending;

async function listed(params: Partial<PendingParams> = {}) {
  const { list } = await presentPending(dashboard.services, { ...defaults, ...params });
  if (!list.available) throw new Error(list.reason);
  return list;
}

async function allRows(params: Partial<PendingParams>) {
  const rows = [];
  const { pages } = (await listed({ ...params, pageSize: 25 })).page;
  for (let page = 1; page <= pages; page += 1) {
    rows.push(...(await listed({ ...params, page, pageSize: 25 })).rows);
  }
  return rows;
}

describe("the list of what waits", () => {
  it.each(["desc", "asc"] as const)("has every target once, on pages, %s", async (direction) => {
    expect((await listed()).page).toMatchObject({ total: 300, pages: 6 });
    const rows = await allRows({ direction });
    expect(new Set(rows.map(({ target }) => target)).size).toBe(300);
    const views = rows.map((row) => row.views);
    const sorted = views.toSorted((a, b) => (direction === "asc" ? a - b : b - a));
    expect(views).toEqual(sorted);
    expect(rows.some(({ isTaken }) => isTaken)).toBe(false);
  });

  it("sums up the accepted views of each place as the books do", async () => {
    const { sizes, views } = await listed();
    const books = await dashboard.services.books.read();
    expect(sizes).toEqual({ waiting: 300, batch: 60 });
    expect(views).toEqual({ waiting: books.overlay, batch: books.batch });
  });

  it("adds what is persisted, and all the views of a topic", async () => {
    const [everywhere] = (await listed({ search: "everywhere" })).rows;
    expect(everywhere).toMatchObject({ persisted: 5, total: 205, views: 100 });
    const [row] = (await listed({ search: "w2" })).rows;
    expect(row).toMatchObject({ topicId: "w2", persisted: 2000, total: 2015 });
  });

  it("puts the topic with exactly the searched id first", async () => {
    const { page, rows } = await listed({ search: "w1" });
    expect(rows[0]?.topicId).toBe("w1");
    expect(page.total).toBe(111);
    expect((await listed({ search: "w1" })).sizes).toEqual({ waiting: 111, batch: 0 });
    expect(rows.every(({ target }) => target.includes("w1"))).toBe(true);
  });

  it.each(["w*", "[w]", "w?", "nowhere"])(
    "takes a search letter for letter: %s",
    async (search) => {
      expect((await listed({ search })).page.total).toBe(0);
    },
  );

  it("shows members that cannot be printed by a label that can be searched for", async () => {
    const odd = (await allRows({})).find(({ target }) => target.includes("\u2026"));
    expect(odd).toMatchObject({ topicId: null, persisted: null, views: 3 });
    const { rows } = await listed({ search: odd!.target });
    expect(rows.map(({ target }) => target)).toEqual([odd?.target]);
  });

  it("shows the last page for one behind it", async () => {
    const { page, rows } = await listed({ page: 99 });
    expect(page.page).toBe(6);
    expect(rows).toHaveLength(50);
  });
});

describe("the list of what is being written", () => {
  it("shows what PostgreSQL has taken as no longer pending", async () => {
    const rows = await allRows({ place: "batch" });
    expect(new Set(rows.map(({ target }) => target)).size).toBe(60);
    const taken = rows.filter(({ isTaken }) => isTaken);
    expect(taken.map(({ topicId }) => topicId).toSorted()).toEqual(
      Array.from({ length: 30 }, (_, index) => `b${index}`).toSorted(),
    );
    expect(taken.every(({ views }) => views === 0)).toBe(true);
    const pending = rows.reduce((sum, { views }) => sum + views, 0);
    expect(pending).toBe((await listed({ place: "batch" })).views?.batch);
    // Wherever the views of a batch are, a topic's views add up.
    expect(taken.find(({ topicId }) => topicId === "b3")).toMatchObject({
      persisted: 22,
      total: 22,
    });
    expect(taken.find(({ topicId }) => topicId === "b23")).toMatchObject({
      persisted: 0,
      total: 12,
    });
    expect(rows.find(({ topicId }) => topicId === "b33")).toMatchObject({ persisted: 0, total: 7 });
  });

  it("can be searched", async () => {
    const { rows } = await listed({ place: "batch", search: "b2" });
    expect(rows[0]).toMatchObject({ topicId: "b2", isTaken: true });
    expect(rows).toHaveLength(11);
  });
});

it("is left out while Redis is away", async () => {
  const away = await startDashboard(use.urls);
  await away.close();
  const { books, failures } = dashboard.services;
  const { list } = await presentPending({ ...away.services, books, failures }, defaults);
  expect(list).toEqual({ available: false, reason: "Redis connection failed" });
});
