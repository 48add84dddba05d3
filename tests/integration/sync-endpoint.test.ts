import http from "node:http";
import { describe, expect, it } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { holdTopic } from "../helpers/hold-topic";
import { forAllTests, useLinks, useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";

/**
 * The sync endpoint, over HTTP, on the production build, beyond its contract and its guards, which
 * api-contract.test.ts and route-guards.test.ts test.
 */

const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const use = useServers();
const links = useLinks(use);
const app = forAllTests(() =>
  startAppServer({
    ...{ ...links.urls, daoSlug },
    env: { TRUST_PROXY: "loopback", SYNC_LEASE_SECONDS: "2", SYNC_LOCK_SECONDS: "12" },
  }),
);

/** The documented monitoring script, unchanged but for its URL and what it does in the end. */
async function monitor(): Promise<"alert" | "healthy"> {
  const response = await callSync(app);
  const result = (await response.json()) as { success: boolean; summary: { failed: number } };
  if (!result.success || result.summary.failed > 0) return "alert";
  return "healthy";
}

describe("what it answers", () => {
  it("when some targets failed, and when all did", async () => {
    await use.servers.redis.zadd(keys.overlay, 1, "forum_topic:not valid");
    await sendView(app.origin, "3");
    const some = await callSync(app);
    expect(some.status).toBe(200);
    expect(await some.json()).toEqual({
      success: true,
      message: "Successfully flushed 1/2 Redis overlays",
      summary: { total: 2, flushed: 1, failed: 1 },
      errors: [{ target: "forum_topic:not valid", error: "Invalid topic ID" }],
    });
    await use.servers.redis.zadd(keys.overlay, 1, "forum_topic:nor this");
    expect(await monitor()).toBe("alert");
    await use.servers.redis.zadd(keys.overlay, 1, "forum_topic:nor that");
    const all = await callSync(app);
    expect(all.status).toBe(200);
    expect(await all.json()).toMatchObject({
      success: true,
      message: "Successfully flushed 0/1 Redis overlays",
    });
  });

  it("while a run is active: which one that is", async () => {
    await sendView(app.origin, "held");
    const release = await holdTopic(use.servers.pool, { daoSlug, topicId: "held" });
    const first = callSync(app);
    await expect.poll(() => use.servers.redis.exists(keys.batch)).toBe(1);
    const second = await callSync(app);
    const { runId } = (await second.json()) as { runId: string };
    expect([second.status, second.headers.get("Location")]).toEqual([409, `/admin/runs/${runId}`]);
    await release();
    expect((await first).headers.get("X-Sync-Run-Id")).toBe(runId);
  });

  it("when the caller hangs up: the run goes on to its end", async () => {
    await sendView(app.origin, "patient");
    const release = await holdTopic(use.servers.pool, { daoSlug, topicId: "patient" });
    const request = http.request(`${app.origin}/api/v1/forum/sync-views`, {
      method: "POST",
      headers: { Authorization: `Bearer ${app.cronSecret}` },
    });
    request.on("error", () => {});
    request.end();
    await expect.poll(() => use.servers.redis.exists(keys.batch)).toBe(1);
    request.destroy();
    await release();
    await expect
      .poll(async () => {
        const { rows } = await use.servers.pool.query<{ status: string }>(
          `SELECT status FROM sync_runs WHERE dao_slug = $1 ORDER BY id DESC LIMIT 1`,
          [daoSlug],
        );
        return rows[0]?.status;
      })
      .toBe("succeeded");
  });
});

describe("in bad weather", () => {
  const fatal = (error: string) => ({
    success: false,
    error,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    status: 500,
  });

  it("does not hang when Redis does not answer, and nothing is lost", async () => {
    await sendView(app.origin, "weather");
    links.redis.freeze();
    const response = await callSync(app);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(fatal("Redis connection failed"));
    links.redis.restore();
    await expect.poll(async () => (await fetch(`${app.origin}/readyz`)).ok).toBe(true);
    expect(await monitor()).toBe("healthy");
  });

  it("does not take a refused statement for a connection", async () => {
    await use.servers.pool.query(`ALTER TABLE sync_runs RENAME TO sync_runs_away`);
    const response = await callSync(app);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(fatal("Database error"));
    await use.servers.pool.query(`ALTER TABLE sync_runs_away RENAME TO sync_runs`);
  });

  it("has every accepted view in PostgreSQL in the end", async () => {
    expect(await monitor()).toBe("healthy");
    const { rows } = await use.servers.pool.query<{ topicId: string; views: number }>(
      `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
      [daoSlug],
    );
    const persisted = Object.fromEntries(rows.map((row) => [row.topicId, row.views]));
    expect(persisted).toEqual({ 3: 1, held: 1, patient: 1, weather: 1 });
  });
});

it("logs the documented lines", () => {
  const messages = app.logs.map(({ msg }) => msg);
  expect(messages).toContain("Starting Redis -> Postgres view sync...");
  expect(messages).toContain("Flushing 2 Redis overlays to Postgres");
  expect(messages).toContain("Flushed 2/2 targets...");
  const completed = app.logs.find(({ msg }) => msg === "Redis -> Postgres flush completed:");
  expect(completed).toMatchObject({ flushed: 1, errors: 1 });
});
