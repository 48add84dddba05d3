import http from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { useLinks, useServers } from "../helpers/use-servers";
import { newVisitor, sendView } from "../helpers/visitor";

/** Counting and reading, over HTTP, on the production build. */

const forum = "https://forum.example";
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
    env: { TRUST_PROXY: "loopback", CORS_ORIGINS: forum, VIEW_RATE_PER_MINUTE: "20" },
  });
});
afterAll(async () => {
  await app.stop();
});

let topics = 0;
let topic: string;
beforeEach(() => {
  topics += 1;
  topic = `topic-${topics}`;
});

const path = (topicId: string) => `${app.origin}/api/v1/forum/topics/${topicId}/views`;
const address = "0x52908400098527886E0F7030069857D2E4169EE7";

interface Views {
  uniqueViews: number;
}
async function read(topicId: string): Promise<Views & Record<string, unknown>> {
  const response = await fetch(path(topicId));
  expect(response.status).toBe(200);
  return (await response.json()) as Views & Record<string, unknown>;
}

describe("counting a view", () => {
  it("counts a viewer of a topic once", async () => {
    const headers = newVisitor();
    const first = await sendView(app.origin, topic, { headers });
    expect(first.status).toBe(200);
    expect(await first.json()).toEqual({ counted: true });
    const second = await sendView(app.origin, topic, { headers });
    expect(second.status).toBe(200);
    expect(await second.json()).toEqual({ counted: false, reason: "duplicate" });
    expect((await read(topic)).uniqueViews).toBe(1);
  });

  it("knows an address whatever its case, and from whatever client", async () => {
    const first = await sendView(app.origin, topic, { body: JSON.stringify({ address }) });
    expect(await first.json()).toEqual({ counted: true });
    const body = JSON.stringify({ address: address.toLowerCase().replace("0X", "0x") });
    const second = await sendView(app.origin, topic, { body });
    expect(await second.json()).toEqual({ counted: false, reason: "duplicate" });
  });

  it("takes a beacon's text/plain and an empty body", async () => {
    const headers = { "Content-Type": "text/plain;charset=UTF-8" };
    const beacon = await sendView(app.origin, topic, {
      headers,
      body: JSON.stringify({ address }),
    });
    expect(await beacon.json()).toEqual({ counted: true });
    const empty = await sendView(app.origin, topic, { headers, body: "" });
    expect(await empty.json()).toEqual({ counted: true });
  });

  it("does not count a bot", async () => {
    const headers = { "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" };
    const response = await sendView(app.origin, topic, { headers });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ counted: false, reason: "bot" });
  });

  it.each([
    ["a space", "a%20b"],
    ["a colon", "a:b"],
    ["a slash", "a%2Fb"],
    ["a zero byte", "a%00b"],
    ["no valid encoding", "%E0%A4%A"],
    ["more than 100 characters", "x".repeat(101)],
  ])("refuses a topic id with %s, naming the field", async (_what, topicId) => {
    const response = await sendView(app.origin, topicId);
    expect(response.status).toBe(400);
    const body = (await response.json()) as { error: { message: string } };
    expect(body).toMatchObject({
      error: { code: "invalid_request", details: [{ field: "topicId" }] },
    });
    expect(body.error.message).toMatch(/^topicId must be/);
  });

  it.each([
    ["no JSON", "{", "body"],
    ["a list", "[]", "body"],
    ["a number", "7", "body"],
    ["a number as the address", '{"address":7}', "address"],
    ["a short address", '{"address":"0x123"}', "address"],
    ["an address of other digits", `{"address":"0x${"g".repeat(40)}"}`, "address"],
  ])("refuses a body that is %s, naming the field", async (_what, body, field) => {
    const response = await sendView(app.origin, topic, { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: "invalid_request", details: [{ field }] },
    });
    expect((await read(topic)).uniqueViews).toBe(0);
  });

  it("refuses a body over 4 KB as it streams in, whatever it declares", async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = http.request(
        path(topic),
        { method: "POST", headers: { ...newVisitor(), "Transfer-Encoding": "chunked" } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on("error", reject);
      request.write(`{"address":"${" ".repeat(3_000)}`);
      request.write(" ".repeat(3_000));
      request.end();
    });
    expect(status).toBe(413);
  });

  it("limits one client, and says when to come back", async () => {
    const headers = newVisitor();
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let view = 0; view < 21; view += 1) {
      last = await sendView(app.origin, `${topic}-${view}`, { headers });
      statuses.push(last.status);
    }
    expect(statuses).toEqual([...Array<number>(20).fill(200), 429]);
    const wait = Number(last?.headers.get("Retry-After"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await last?.json()).toMatchObject({ error: { code: "rate_limited" } });
    expect((await sendView(app.origin, topic)).status).toBe(200);
  });

  it("keeps no address and no user agent in Redis", async () => {
    await sendView(app.origin, topic, {
      body: JSON.stringify({ address: `0x${"ab".repeat(20)}` }),
    });
    await sendView(app.origin, topic);
    const { redis } = use.servers;
    const names = await redis.keys(`*${daoSlug}*`);
    const values = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    const held = [...names, ...values.map((value) => value?.toString("latin1"))].join("\n");
    expect(names.length).toBeGreaterThan(4);
    expect(held).not.toMatch(/100\.64|abab|Mozilla|Chrome/i);
  });

  it("lets browsers of the configured origins in, and no others", async () => {
    const allowed = await sendView(app.origin, topic, { headers: { Origin: forum } });
    expect(allowed.headers.get("Access-Control-Allow-Origin")).toBe(forum);
    const other = await fetch(path(topic), { headers: { Origin: "https://other.example" } });
    expect(other.headers.get("Access-Control-Allow-Origin")).toBeNull();
    const preflight = await fetch(path(topic), {
      method: "OPTIONS",
      headers: { Origin: forum, "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("Access-Control-Allow-Origin")).toBe(forum);
    expect(preflight.headers.get("Access-Control-Allow-Methods")).toContain("POST");
  });

  it.each(["PUT", "DELETE", "PATCH"])("answers 405 to %s", async (method) => {
    const response = await fetch(path(topic), { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toContain("POST");
    expect(await response.json()).toMatchObject({ error: { code: "method_not_allowed" } });
  });
});

describe("the API's paths", () => {
  it.each([
    ["GET", "/api/v1/forum/nothing"],
    ["POST", "/API/v1/forum/topics/1/views"],
    ["POST", "/api/v1/forum/topics/1/views/"],
    ["POST", "/api/v1/forum/topics/1/%76iews"],
    ["GET", "/api/v1/forum/views/?topicIds=1"],
    ["HEAD", "/api/v1/forum/sync%2Dviews"],
    ["DELETE", "/API/V1/forum/sync-views"],
  ])("are spelled one way only: %s %s is not found", async (method, path) => {
    const response = await fetch(`${app.origin}${path}`, {
      method,
      headers: { Authorization: `Bearer ${app.cronSecret}` },
    });
    expect(response.status).toBe(404);
    if (method === "HEAD") return;
    expect(await response.json()).toEqual({ error: { code: "not_found", message: "Not Found" } });
  });
});

describe("reading counts", () => {
  it("adds up what is persisted and what is pending", async () => {
    await sendView(app.origin, topic);
    expect(await read(topic)).toEqual({
      topicId: topic,
      uniqueViews: 1,
      baseViews: 0,
      overlayViews: 1,
      lastUpdated: null,
      isRealTime: true,
      source: "redis+postgres",
    });
    await callSync(app);
    expect(await read(topic)).toMatchObject({
      ...{ uniqueViews: 1, overlayViews: 0 },
      ...{ isRealTime: false, source: "postgres" },
    });
    await sendView(app.origin, topic);
    const views = await read(topic);
    expect(views).toMatchObject({ uniqueViews: 2, baseViews: 1, overlayViews: 1 });
    expect(Math.abs(Date.now() - Date.parse(String(views.lastUpdated)))).toBeLessThan(60_000);
  });

  it("answers many topics in the order asked for, each once", async () => {
    await sendView(app.origin, topic);
    const response = await fetch(`${app.origin}/api/v1/forum/views?topicIds=none,${topic},none`);
    expect(response.status).toBe(200);
    const body = (await response.json()) as { topics: Array<Views & { topicId: string }> };
    expect(body.topics.map(({ topicId, uniqueViews }) => [topicId, uniqueViews])).toEqual([
      ["none", 0],
      [topic, 1],
    ]);
  });

  it.each([
    ["none", ""],
    ["an empty list", "?topicIds="],
    ["a bad id among good ones", "?topicIds=1,b%20d,3"],
    ["an empty id", "?topicIds=1,,3"],
    ["more than 200", `?topicIds=${Array.from({ length: 201 }, (_, id) => id).join(",")}`],
  ])("refuses %s, naming the field", async (_what, query) => {
    const response = await fetch(`${app.origin}/api/v1/forum/views${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: "invalid_request", details: [{ field: "topicIds" }] },
    });
  });

  it("takes 200 topics", async () => {
    const ids = Array.from({ length: 200 }, (_, id) => `many-${id}`).join(",");
    const response = await fetch(`${app.origin}/api/v1/forum/views?topicIds=${ids}`);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { topics: unknown[] }).topics).toHaveLength(200);
  });
});

describe("in bad weather", () => {
  it.each(["cut", "freeze"] as const)(
    "answers 503 within a second when Redis is %s",
    async (how) => {
      links.redis[how]();
      const started = Date.now();
      const response = await sendView(app.origin, topic);
      expect(Date.now() - started).toBeLessThan(1_000);
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ error: { code: "redis_unavailable" } });
      expect(await read(topic)).toMatchObject({
        uniqueViews: 0,
        isRealTime: false,
        source: "postgres",
        degraded: true,
      });
      const ready = await fetch(`${app.origin}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        checks: { redis: "unavailable", postgres: "ok" },
      });
      links.redis.restore();
      await expect.poll(async () => (await fetch(`${app.origin}/readyz`)).status).toBe(200);
      expect(await (await sendView(app.origin, topic)).json()).toEqual({ counted: true });
    },
  );

  it("makes a new connection when the old one has gone silent", async () => {
    links.redis.silence();
    expect((await sendView(app.origin, topic)).status).toBe(503);
    const status = async () => (await sendView(app.origin, topic)).status;
    await expect.poll(status, { timeout: 15_000 }).toBe(200);
  });

  it("goes on counting while PostgreSQL is away, and says that it cannot read", async () => {
    links.database.cut();
    expect(await (await sendView(app.origin, topic)).json()).toEqual({ counted: true });
    const response = await fetch(path(topic));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: "database_unavailable" } });
    const health = await fetch(`${app.origin}/healthz`);
    expect(health.status).toBe(200);
    links.database.restore();
    await expect.poll(async () => (await fetch(`${app.origin}/readyz`)).status).toBe(200);
    expect((await read(topic)).uniqueViews).toBe(1);
  });

  it("counts nothing, and says so, when a value of another type stands at the overlay", async () => {
    const saved = await use.servers.redis.dumpBuffer(keys.overlay);
    await use.servers.redis.set(keys.overlay, "not a sorted set");
    const headers = newVisitor();
    const response = await sendView(app.origin, topic, { headers });
    expect(response.status).toBe(503);
    await use.servers.redis.del(keys.overlay);
    if (saved) await use.servers.redis.restore(keys.overlay, 0, saved);
    // The viewer was not marked as seen.
    const again = await sendView(app.origin, topic, { headers });
    expect(await again.json()).toEqual({ counted: true });
  });
});
