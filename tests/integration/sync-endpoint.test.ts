import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { holdTopic } from "../helpers/hold-topic";
import { useLinks, useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";

/** The documented sync endpoint, over HTTP, on the production build. */

const previousSecret = "previous-secret-0123456789";
const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const use = useServers();
const links = useLinks(use);
let app: AppServer;

beforeAll(async () => {
  app = await startAppServer({
    databaseUrl: links.database.url,
    redisUrl: links.redis.url,
    daoSlug,
    env: {
      ...{ CRON_SECRET_PREVIOUS: previousSecret, TRUST_PROXY: "loopback" },
      ...{ SYNC_LEASE_SECONDS: "2", SYNC_LOCK_SECONDS: "12" },
    },
  });
});
afterAll(async () => {
  await app.stop();
});

/** The documented monitoring script, unchanged but for its URL and what it does in the end. */
async function monitor(): Promise<"alert" | "healthy"> {
  const response = await callSync(app);
  const result = (await response.json()) as { success: boolean; summary: { failed: number } };
  if (!result.success || result.summary.failed > 0) return "alert";
  return "healthy";
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("The condition did not come true in 15 s");
    await delay(20);
  }
}

async function untilReady(): Promise<void> {
  await until(async () => (await fetch(`${app.origin}/readyz`)).ok);
}

const hold = (topicId: string) => holdTopic(use.servers.pool, { daoSlug, topicId });

describe("who may call", () => {
  it.each([
    ["no header", undefined],
    ["an empty header", ""],
    ["another scheme", "Basic abc"],
    ["no secret", "Bearer "],
    ["a wrong secret", "Bearer wrong-secret-0123456789"],
    ["the secret without its scheme", "plain"],
    ["a secret and more", "Bearer a b"],
  ])("nobody with %s", async (_what, authorization) => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization };
    const response = await fetch(`${app.origin}/api/v1/forum/sync-views`, {
      method: "POST",
      headers,
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({ error: "Unauthorized", status: 401 });
  });

  it("the previous secret too, while it is being rotated", async () => {
    const headers = { Authorization: `Bearer ${previousSecret}` };
    expect((await callSync(app, { headers })).status).toBe(200);
  });

  it.each(["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "nobody with %s",
    async (method) => {
      const response = await callSync(app, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("Allow")).toBe("GET, POST");
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      if (method !== "HEAD") {
        expect(await response.json()).toEqual({ error: "Method Not Allowed", status: 405 });
      }
    },
  );
});

describe("what it answers", () => {
  it("when nothing is pending", async () => {
    const response = await callSync(app);
    expect(response.status).toBe(200);
    expect(response.headers.get("X-Sync-Run-Id")).toMatch(/^\d+$/);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({
      success: true,
      message: "No Redis overlays to flush",
      flushed: 0,
      summary: { total: 0, flushed: 0, failed: 0 },
    });
    expect(await monitor()).toBe("healthy");
  });

  it.each(["GET", "POST"])("when everything was flushed, to %s", async (method) => {
    await sendView(app.origin, "1");
    await sendView(app.origin, "2");
    const response = await callSync(app, { method });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      success: true,
      message: "Successfully flushed 2/2 Redis overlays",
      summary: { total: 2, flushed: 2, failed: 0 },
    });
    await sendView(app.origin, "1");
    expect(await monitor()).toBe("healthy");
  });

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

  it("with at most 1,000 errors, while the history has all", { timeout: 60_000 }, async () => {
    const bad = Array.from({ length: 1_200 }, (_, index) => ["1", `post:${index}`]).flat();
    await use.servers.redis.zadd(keys.overlay, ...bad);
    const response = await callSync(app);
    const body = (await response.json()) as { errors: unknown[]; summary: { failed: number } };
    expect(body.errors).toHaveLength(1_000);
    expect(body.summary.failed).toBe(1_200);
    const { rowCount } = await use.servers.pool.query(
      `SELECT FROM sync_run_targets WHERE run_id = $1`,
      [response.headers.get("X-Sync-Run-Id")],
    );
    expect(rowCount).toBe(1_200);
  });

  it("when a run is active: 409, and where to find it", async () => {
    await sendView(app.origin, "held");
    const release = await hold("held");
    const first = callSync(app);
    await until(async () => (await use.servers.redis.exists(keys.batch)) === 1);
    const second = await callSync(app);
    expect(second.status).toBe(409);
    const body = (await second.json()) as { runId: string };
    expect(body).toEqual({
      success: false,
      error: "A sync is already running",
      runId: expect.stringMatching(/^\d+$/) as string,
      status: 409,
    });
    expect(Number(second.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(second.headers.get("Location")).toBe(`/admin/runs/${body.runId}`);
    await release();
    const answer = await first;
    expect(answer.status).toBe(200);
    expect(answer.headers.get("X-Sync-Run-Id")).toBe(body.runId);
  });

  it("when the caller hangs up: the run goes on to its end", async () => {
    await sendView(app.origin, "patient");
    const release = await hold("patient");
    const request = http.request(`${app.origin}/api/v1/forum/sync-views`, {
      method: "POST",
      headers: { Authorization: `Bearer ${app.cronSecret}` },
    });
    request.on("error", () => {});
    request.end();
    await until(async () => (await use.servers.redis.exists(keys.batch)) === 1);
    request.destroy();
    await release();
    await until(async () => (await use.servers.redis.exists(keys.batch)) === 0);
    const { rows } = await use.servers.pool.query<{ status: string }>(
      `SELECT status FROM sync_runs WHERE dao_slug = $1 ORDER BY id DESC LIMIT 1`,
      [daoSlug],
    );
    await until(async () => {
      const found = await use.servers.pool.query(
        `SELECT FROM sync_runs WHERE dao_slug = $1 AND status = 'running'`,
        [daoSlug],
      );
      return found.rowCount === 0;
    });
    expect(["running", "succeeded"]).toContain(rows[0]?.status);
  });
});

describe("in bad weather", () => {
  const fatal = (error: string) => ({
    success: false,
    error,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    status: 500,
  });

  it("says that Redis is away, and nothing is lost", async () => {
    await sendView(app.origin, "weather");
    links.redis.cut();
    const response = await callSync(app);
    expect(response.status).toBe(500);
    expect(response.headers.get("X-Sync-Run-Id")).toMatch(/^\d+$/);
    expect(await response.json()).toEqual(fatal("Redis connection failed"));
    links.redis.restore();
    await untilReady();
    expect(await monitor()).toBe("healthy");
  });

  it("says that PostgreSQL is away, and nothing is lost", async () => {
    await sendView(app.origin, "weather");
    links.database.cut();
    const response = await callSync(app);
    expect(response.status).toBe(500);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual(fatal("Database connection failed"));
    links.database.restore();
    await untilReady();
    expect(await monitor()).toBe("healthy");
  });

  it("does not hang when Redis does not answer", { timeout: 30_000 }, async () => {
    links.redis.freeze();
    const response = await callSync(app);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(fatal("Redis connection failed"));
    links.redis.restore();
    await untilReady();
  });

  it("does not take a refused statement for a connection", async () => {
    await use.servers.pool.query(`ALTER TABLE sync_runs RENAME TO sync_runs_away`);
    const response = await callSync(app);
    expect(response.status).toBe(500);
    const body = (await response.json()) as { error: string };
    expect(body).toEqual(fatal("Database error"));
    await use.servers.pool.query(`ALTER TABLE sync_runs_away RENAME TO sync_runs`);
  });

  it("has every accepted view in PostgreSQL in the end", async () => {
    expect(await monitor()).toBe("healthy");
    const { rows } = await use.servers.pool.query<{ topicId: string; views: number }>(
      `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
      [daoSlug],
    );
    const persisted = Object.fromEntries(rows.map((row) => [row.topicId, row.views]));
    expect(persisted).toEqual({ 1: 4, 2: 2, 3: 1, held: 1, patient: 1, weather: 2 });
  });
});

describe("what it logs", () => {
  it("the documented lines, and no secret", async () => {
    const messages = app.logs.map(({ msg }) => msg);
    expect(messages).toContain("Starting Redis -> Postgres view sync...");
    expect(messages).toContain("Flushing 2 Redis overlays to Postgres");
    expect(messages).toContain("Flushed 2/2 targets...");
    const completed = app.logs.find(({ msg }) => msg === "Redis -> Postgres flush completed:");
    expect(completed).toMatchObject({ flushed: 0, errors: 0 });
    const everything = JSON.stringify(app.logs);
    for (const secret of [app.cronSecret, previousSecret, "100.64.", "postgres:postgres@"]) {
      expect(everything).not.toContain(secret);
    }
    await Promise.resolve();
  });
});
