import { describe, expect, it } from "vitest";
import { presentHealthBanners } from "~/routes/admin/health-banners.server";
import { presentHealth } from "~/routes/admin._index/load.server";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { forEachTest, useLinks, useServers } from "../helpers/use-servers";

const use = useServers();
const dashboard = forEachTest(() => startDashboard(use.urls));

async function bannerIds({ services } = dashboard): Promise<string[]> {
  return (await presentHealthBanners(services)).map(({ id }) => id);
}

describe("the health on the overview", () => {
  it("shows nothing yet on a new install, with balanced books", async () => {
    expect(await presentHealth(dashboard.services)).toMatchObject({
      pending: { available: true, views: 0, targets: 0, oldest: null },
      history: { available: true, last: null, active: null },
      failures: { failing: { targets: 0, views: 0 }, parked: { targets: 0, views: 0 } },
      books: { state: "balanced", difference: 0 },
      regression: null,
    });
    expect(await bannerIds()).not.toContain("cron-late");
    await dashboard.count("1");
    expect(await bannerIds()).not.toContain("cron-late");
  });

  it("shows numbers that agree with each other", async () => {
    const { count, poison, services, sync } = dashboard;
    await count("1", 3);
    await count("2", 1);
    await poison("bad");
    await count("bad", 5);
    await sync();
    await count("1", 2);
    await count("3", 4);
    const health = await presentHealth(services);
    expect(health).toMatchObject({
      pending: {
        views: 6,
        targets: 2,
      },
      history: {
        last: { status: "partial", total: 3, flushed: 2, failed: 1, views: 4 },
      },
      failures: { failing: { targets: 1, views: 5 }, parked: { targets: 0, views: 0 } },
      books: { state: "balanced", difference: 0 },
    });
    if (!health.pending.available) throw new Error("unavailable");
    expect(health.pending.oldest).not.toBeNull();
  });

  it("tells what is parked and what is still in an open batch", async () => {
    const { count, keys, poison, pool, redis, services, sync } = dashboard;
    await poison("bad");
    await count("bad", 2);
    for (let attempt = 0; attempt < 5; attempt += 1) await sync();
    // Nothing is left in Redis, and yet not everything is persisted.
    expect(await presentHealth(services)).toMatchObject({
      pending: { views: 0, targets: 0, oldest: null },
      failures: { failing: { targets: 0, views: 0 }, parked: { targets: 1, views: 2 } },
      books: { state: "balanced" },
    });
    await count("1", 3);
    await count("2", 4);
    // A run that stopped after the first of its two targets.
    await redis.rename(keys.overlay, keys.batchMembers);
    await redis.hset(keys.batch, { id: "9", views: "7", since: "1000" });
    await redis.hset(keys.totals, "overlay", "0");
    await redis.set(keys.lastBatch, "9");
    await pool.query(
      `UPDATE view_books SET applied = applied + 3, last_batch_id = 9, batch_taken = 3
       WHERE dao_slug = $1`,
      [dashboard.daoSlug],
    );
    const health = await presentHealth(services);
    expect(health).toMatchObject({
      pending: { views: 4, targets: 2, oldest: new Date(1_000) },
      failures: { failing: { targets: 0 }, parked: { targets: 1, views: 2 } },
      books: { state: "balanced" },
    });
  });

  it("says by how much the books are off", async () => {
    const { count, keys, redis, services } = dashboard;
    await count("1", 3);
    await redis.incrby(keys.accepted, 2);
    expect((await presentHealth(services)).books).toEqual({ state: "off", difference: 2 });
    expect(await bannerIds()).toContain("books-off");
    await dashboard.query(
      `INSERT INTO sync_runs (dao_slug, trigger, actor) VALUES ($1, 'cron', 'cron')`,
    );
    expect((await presentHealth(services)).books).toEqual({
      state: "checking",
      difference: null,
    });
    expect(await bannerIds()).not.toContain("books-off");
  });
});

describe("while a server is away", () => {
  const links = useLinks(use);
  const cuttable = forEachTest(() => startDashboard(links.urls));

  it("shows everything that PostgreSQL knows, if it is Redis", async () => {
    await cuttable.count("1", 3);
    await cuttable.sync();
    links.redis.cut();
    const health = await presentHealth(cuttable.services);
    expect(health).toMatchObject({
      pending: { available: false, reason: "Redis connection failed" },
      history: { available: true, last: { status: "succeeded" } },
      failures: { available: true, parked: { targets: 0, views: 0 } },
      books: { state: "unknown", difference: null },
    });
    expect(await bannerIds(cuttable)).toContain("redis-away");
    links.redis.restore();
  });

  it("still answers, if it is PostgreSQL", async () => {
    links.database.cut();
    expect(await presentHealth(cuttable.services)).toMatchObject({
      pending: { available: false, reason: "Database connection failed" },
      history: { available: false },
      failures: { available: false },
    });
    expect(await bannerIds(cuttable)).toContain("postgres-away");
    links.database.restore();
  });
});

describe("health banners", () => {
  it("say that the cron is late, with numbers", async () => {
    await dashboard.sync();
    expect(await bannerIds()).not.toContain("cron-late");
    await dashboard.query(`UPDATE sync_runs SET finished_at = clock_timestamp() - interval '25 minutes'
       WHERE dao_slug = $1`);
    const banners = await presentHealthBanners(dashboard.services);
    expect(banners).toContainEqual(
      expect.objectContaining({
        id: "cron-late",
        text: "The last sync by cron ended 25 minutes ago. It is expected every 10 minutes.",
      }),
    );
  });

  it("say that the cron has never called while views wait", async () => {
    const { count, keys, redis, services } = dashboard;
    await count("1");
    await redis.hset(keys.totals, "since", Date.now() - 3 * 3_600_000);
    expect(await presentHealthBanners(services)).toContainEqual(
      expect.objectContaining({
        title: "The cron has never called",
        text: "Views have been waiting for 3 hours. It is expected every 10 minutes.",
      }),
    );
  });

  it("say that Redis was wiped", async () => {
    const { count, redis, keys, sync } = dashboard;
    await count("1", 2);
    await sync();
    await redis.del(keys.accepted, keys.lastBatch, keys.totals, keys.overlay);
    expect(await bannerIds()).toContain("redis-wiped");
    await sync();
    expect(await bannerIds()).not.toContain("redis-wiped");
  });

  it("say what is set wrongly where views are lost by it", async () => {
    const { countingWatch } = dashboard.services;
    countingWatch.observe({ outcome: "origin", origin: "https://forum.example" });
    countingWatch.observe({ outcome: "counted", unnamedProxy: "10.0.0.4" });
    const banners = await presentHealthBanners(dashboard.services);
    const texts = banners.map(({ text }) => text).join("\n");
    expect(texts).toContain("name it in TRUST_PROXY.");
    expect(texts).toContain("Views from pages of https://forum.example are refused");
  });

  it("say so when the health cannot be checked", async () => {
    const services = { ...dashboard.services, runs: brokenRuns() };
    const banners = await presentHealthBanners(services);
    expect(banners.map(({ id }) => id)).toEqual(["unchecked"]);
  });
});

function brokenRuns(): Dashboard["services"]["runs"] {
  return Object.assign(Object.create(dashboard.services.runs) as Dashboard["services"]["runs"], {
    active: () => Promise.reject(new Error("a mistake of ours")),
  });
}
