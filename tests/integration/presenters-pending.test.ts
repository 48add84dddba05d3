import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listDefaults, type PendingParams } from "~/lists/list-search";
import { presentPending } from "~/routes/admin.pending/load.server";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { createTestDatabase, testRedis, type TestDatabase } from "../helpers/database";

let database: TestDatabase;
let dashboard: Dashboard;

const oddMember = Buffer.concat([Buffer.from("forum_topic:"), Buffer.from([0xff, 0x00])]);

/**
 * 300 targets wait (30 of them failing, and two malformed), 60 are in the open batch, 40 are parked. Views
 * repeat, so that the order of equals matters, and one target is in all three places.
 */
beforeAll(async () => {
  database = await createTestDatabase();
  dashboard = await startDashboard({ databaseUrl: database.url, redisUrl: testRedis() });
  const { daoSlug, keys, pool, redis } = dashboard;
  const fill = async (key: string, prefix: string, count: number) => {
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      const views = 1 + ((index * 7) % 25);
      sum += views;
      await redis.zadd(key, views, `forum_topic:${prefix}${index}`);
    }
    return sum;
  };
  const waiting = await fill(keys.overlay, "w", 297);
  const batch = await fill(keys.batchMembers(1), "b", 59);
  const parked = await fill(keys.parked, "p", 39);
  await redis.zadd(keys.overlay, 3, oddMember, 2, "nonsense");
  for (const key of [keys.overlay, keys.batchMembers(1), keys.parked]) {
    await redis.zadd(key, 100, "forum_topic:everywhere");
  }
  await redis.hset(keys.totals, { overlay: waiting + 100, parked: parked + 100, since: 1 });
  await redis.hset(keys.batch, { id: "1", owner: "1", views: batch + 100, returned: "0" });
  await pool.query(
    `INSERT INTO failed_targets (dao_slug, target, last_error, last_run_id, attempts)
     SELECT $1, 'forum_topic:w' || (i * 9), 'No such forum', 1, 2 FROM generate_series(0, 29) AS i`,
    [daoSlug],
  );
  await pool.query(
    `INSERT INTO failed_targets (dao_slug, target, last_error, last_run_id, attempts, parked)
     SELECT $1, 'forum_topic:p' || i, 'No such forum', 1, 5, true FROM generate_series(0, 38) AS i`,
    [daoSlug],
  );
  await pool.query(
    `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
     VALUES ($1, 'w1', 1000, now()), ($1, 'w2', 2000, now()), ($1, 'everywhere', 5, now())`,
    [daoSlug],
  );
});
afterAll(async () => {
  await dashboard.close();
  await database.drop();
});

const defaults = listDefaults.pending;

async function listed(params: Partial<PendingParams> = {}) {
  const view = await presentPending(dashboard.services, { ...defaults, ...params });
  if (!view.list.available) throw new Error(view.list.reason);
  return { ...view, list: view.list };
}

async function allRows(params: Partial<PendingParams>) {
  const rows = [];
  const pages = (await listed({ ...params, pageSize: 25 })).list.page.pages;
  for (let page = 1; page <= pages; page += 1) {
    rows.push(...(await listed({ ...params, page, pageSize: 25 })).list.rows);
  }
  return rows;
}

describe("the list of pending targets", () => {
  it.each(["desc", "asc"] as const)("has every member once, on pages, %s", async (direction) => {
    const { list } = await listed();
    expect(list.page).toMatchObject({ total: 400, pages: 8 });
    expect(list.places).toEqual({ waiting: 300, batch: 60, parked: 40 });
    const rows = await allRows({ direction });
    expect(new Set(rows.map(({ place, target }) => `${place} ${target}`)).size).toBe(400);
    const views = rows.map((row) => row.views);
    const sorted = views.toSorted((a, b) => (direction === "asc" ? a - b : b - a));
    expect(views).toEqual(sorted);
  });

  it("sums up the accepted views as the books do", async () => {
    const { list } = await listed();
    const books = await dashboard.services.books.read();
    expect(list.views).toBe(books.overlay + books.batch + books.parked);
  });

  it("adds what is persisted, and all the views of a topic", async () => {
    const { list } = await listed({ search: "everywhere" });
    expect(list.rows).toHaveLength(3);
    for (const row of list.rows)
      expect(row).toMatchObject({ persisted: 5, total: 305, views: 100 });
    const [row] = (await listed({ search: "w2" })).list.rows;
    expect(row).toMatchObject({ topicId: "w2", persisted: 2000, total: 2015 });
  });

  it.each([
    ["waiting", 270, "waiting"],
    ["failing", 30, "failing"],
    ["batch", 60, "in-batch"],
    ["parked", 40, "parked"],
  ] as const)("filters by state: %s", async (state, total, shown) => {
    const { list } = await listed({ state });
    expect(list.page.total).toBe(total);
    const rows = await allRows({ state });
    expect(rows).toHaveLength(total);
    expect(new Set(rows.map((row) => row.state))).toEqual(new Set([shown]));
    expect(new Set(rows.map(({ target }) => target)).size).toBe(total);
  });

  it("divides the views of the overlay between waiting and failing", async () => {
    const waiting = (await listed({ state: "waiting" })).list.views;
    const failing = (await listed({ state: "failing" })).list.views;
    expect(waiting + failing).toBe((await dashboard.services.books.read()).overlay);
  });

  it("tells how often and why a target failed", async () => {
    const { list } = await listed({ state: "failing", search: "w9" });
    expect(list.rows[0]).toMatchObject({ topicId: "w9", attempts: 2, reason: "No such forum" });
  });

  it("puts the topic with exactly the searched id first", async () => {
    const { list } = await listed({ search: "w1" });
    expect(list.rows[0]?.topicId).toBe("w1");
    expect(list.page.total).toBe(111);
    expect(list.rows.every(({ target }) => target.includes("w1"))).toBe(true);
  });

  it("takes a search letter for letter", async () => {
    expect((await listed({ search: "w*" })).list.page.total).toBe(0);
    expect((await listed({ search: "[w]" })).list.page.total).toBe(0);
    expect((await listed({ search: "w?" })).list.page.total).toBe(0);
  });

  it("shows members that cannot be printed by a label that can be searched for", async () => {
    const odd = (await allRows({ state: "waiting" })).find(({ target }) =>
      target.includes("\u2026"),
    );
    expect(odd).toMatchObject({ topicId: null, persisted: null, views: 3 });
    const { list } = await listed({ search: odd!.target });
    expect(list.rows.map(({ target }) => target)).toEqual([odd?.target]);
    const members = await dashboard.services.pendingMembers.namesInRedis([odd!.target, "x:1"]);
    expect(members).toEqual(["x:1", oddMember]);
  });

  it("sorts by target and by persisted views while it is small enough", async () => {
    const byTarget = await listed({ sort: "target", direction: "asc" });
    expect(byTarget.list.sorts).toContain("target");
    const targets = byTarget.list.rows.map(({ target }) => target);
    expect(targets).toEqual(targets.toSorted());
    const byPersisted = await listed({ sort: "persisted" });
    expect(byPersisted.list.rows.slice(0, 2).map(({ topicId }) => topicId)).toEqual(["w2", "w1"]);
  });

  it("shows the last page for one behind it", async () => {
    const { list, params } = await listed({ page: 99 });
    expect(list.page.page).toBe(8);
    expect(params.page).toBe(8);
    expect(list.rows).toHaveLength(50);
  });

  it("finds all targets that match, each once, with their views by place", async () => {
    const { pendingList } = dashboard.services;
    const found = await pendingList.matching({ ...defaults, search: "everywhere" });
    expect(found).toEqual({
      targets: ["forum_topic:everywhere"],
      views: { waiting: 100, batch: 100, parked: 100 },
    });
    expect((await pendingList.matching({ ...defaults, state: "failing" })).targets).toHaveLength(
      30,
    );
    expect((await pendingList.matching(defaults)).targets).toHaveLength(398);
  });

  it("is left out while Redis is away", async () => {
    const away = await startDashboard({ databaseUrl: database.url, redisUrl: testRedis() });
    await away.close();
    const reopened = { ...away.services, failures: dashboard.services.failures };
    const { list } = await presentPending(reopened, defaults);
    expect(list).toEqual({ available: false, reason: "Redis connection failed" });
  });
});
