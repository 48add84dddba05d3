import { describe, expect, it } from "vitest";
import { presentHealthBanners } from "~/routes/admin/health-banners.server";
import { presentHealth } from "~/routes/admin._index/load.server";
import { startDashboard } from "../helpers/dashboard";
import { forEachTest, useServers } from "../helpers/use-servers";

const use = useServers();
const dashboard = forEachTest(() => startDashboard(use.urls));

const decision = { reason: "Redis failed over", actor: "admin@forum.test" } as const;

/** The result of a failover to a replica that lagged: an old overlay, and old ids. */
async function failOver(): Promise<void> {
  const { count, keys, redis, sync } = dashboard;
  await count("1", 3);
  await sync();
  const lastBatch = await redis.get(keys.lastBatch);
  await count("1", 2);
  await count("2", 4);
  const overlay = await redis.dumpBuffer(keys.overlay);
  const totals = await redis.dumpBuffer(keys.totals);
  await sync();
  await redis.restore(keys.overlay, 0, overlay, "REPLACE");
  await redis.restore(keys.totals, 0, totals, "REPLACE");
  await redis.set(keys.lastBatch, lastBatch!);
}

async function persisted(topicId: string): Promise<number | undefined> {
  const [topic] = await dashboard.services.topicViews.read([topicId]);
  return topic?.baseViews;
}

async function auditActions(): Promise<string[]> {
  const rows = await dashboard.query<{ action: string }>(
    "SELECT action FROM audit_log WHERE dao_slug = $1 ORDER BY id",
  );
  return rows.map(({ action }) => action);
}

describe("after Redis has lost a batch that it had acknowledged", () => {
  it("refuses to sync until an admin has decided, and says so", async () => {
    await failOver();
    expect(await dashboard.sync()).toMatchObject({
      status: "failed",
      failure: expect.stringContaining("an admin has to decide") as string,
    });
    expect([await persisted("1"), await persisted("2")]).toEqual([5, 4]);
    const banners = await presentHealthBanners(dashboard.services);
    expect(banners.map(({ id }) => id)).toContain("regression");
    const { regression } = await presentHealth(dashboard.services);
    expect(regression).toEqual({ lastBatch: 1, highWater: 2, targets: 2, views: 6 });
  });

  it.each([
    { choice: "keep", discarded: 0, next: "succeeded", views: [7, 8] },
    { choice: "discard", discarded: 6, next: "empty", views: [5, 4] },
  ] as const)(
    "ends it by $choice when the admin says so, with books that balance",
    async ({ choice, discarded, next, views }) => {
      const { regression, books, runs } = dashboard.services;
      await failOver();
      const outcome = await regression.resolve({ choice, ...decision });
      if (outcome.kind !== "resolved") throw new Error(outcome.kind);
      expect(outcome.discarded).toBe(discarded);
      expect(await runs.find(outcome.run)).toMatchObject({
        status: "succeeded",
        actor: "admin@forum.test",
        warning: expect.stringContaining("Redis failed over") as string,
      });
      expect(await books.read()).toMatchObject({
        ...{ difference: 0, discarded: 0, overlay: 6 - discarded },
      });
      expect((await dashboard.sync()).status).toBe(next);
      // The price of keeping: a batch that both stores have is counted twice.
      expect([await persisted("1"), await persisted("2")]).toEqual(views);
      expect((await books.read()).difference).toBe(0);
      expect(await auditActions()).toEqual(["flush", "regression"]);
    },
  );

  it("discards what cannot be printed, too", async () => {
    const { keys, redis, services } = dashboard;
    await failOver();
    await redis.zadd(keys.overlay, 3, Buffer.from([0xff, 0xfe]));
    await services.regression.resolve({ choice: "discard", ...decision });
    expect(await redis.exists(keys.overlay)).toBe(0);
    expect((await services.books.read()).difference).toBe(0);
  });

  it("drops the batch that is still open, which was taken before the lost one was opened", async () => {
    const { keys, redis, services } = dashboard;
    await failOver();
    await redis.hset(keys.batch, { id: "1", openedAt: "1", since: "1", views: "3" });
    await redis.zadd(keys.batchMembers, 3, "forum_topic:1");
    const outcome = await services.regression.resolve({ choice: "discard", ...decision });
    expect(outcome).toMatchObject({ kind: "resolved", discarded: 6 });
    expect(await persisted("1")).toBe(5);
    expect(await redis.exists(keys.batch, keys.batchMembers)).toBe(0);
    expect((await services.books.read()).difference).toBe(0);
  });

  it("asks again after a crash, and finishes then", async () => {
    const { keys, pool, redis, services } = dashboard;
    await failOver();
    const cure = await makeReopeningFail();
    await expect(services.regression.resolve({ choice: "discard", ...decision })).rejects.toThrow();
    await cure();
    expect(await redis.get(keys.lastBatch)).toBe("1");
    const outcome = await services.regression.resolve({ choice: "discard", ...decision });
    expect(outcome).toMatchObject({ kind: "resolved" });
    expect((await services.books.read()).difference).toBe(0);
    expect((await dashboard.sync()).status).toBe("empty");

    /** The last step before the regression ends. */
    async function makeReopeningFail(): Promise<() => Promise<unknown>> {
      const name = `books_${dashboard.daoSlug.replace("-", "_")}`;
      await pool.query(`
        CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.opened_at <> OLD.opened_at AND NEW.dao_slug = '${dashboard.daoSlug}' THEN
            RAISE EXCEPTION 'away';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER ${name} BEFORE UPDATE ON view_books
          FOR EACH ROW EXECUTE FUNCTION ${name}()`);
      return () => pool.query(`DROP FUNCTION ${name} CASCADE`);
    }
  });

  it("does nothing while a run is active", async () => {
    await failOver();
    const rows = await dashboard.query<{ id: string }>(
      `INSERT INTO sync_runs (dao_slug, trigger, actor) VALUES ($1, 'cron', 'cron') RETURNING id`,
    );
    const outcome = await dashboard.services.regression.resolve({ choice: "discard", ...decision });
    expect(outcome).toEqual({ kind: "busy", run: rows[0]?.id });
    expect(await dashboard.redis.zcard(dashboard.keys.overlay)).toBe(2);
  });

  it("is not taken for one when nothing was lost", async () => {
    await dashboard.count("1", 3);
    await dashboard.sync();
    const outcome = await dashboard.services.regression.resolve({ choice: "keep", ...decision });
    expect(outcome).toEqual({ kind: "not-regressed" });
    const runs = await dashboard.pool.query("SELECT FROM sync_runs WHERE dao_slug = $1", [
      dashboard.daoSlug,
    ]);
    expect(runs.rowCount).toBe(1);
  });
});
