import http from "node:http";
import { beforeEach, describe, expect, it } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useLinks, useServers } from "../helpers/use-servers";
import { newVisitor, sendView } from "../helpers/visitor";

/**
 * Counting and reading, over HTTP, on the production build, without the rate limit: what counts, and what
 * happens in outages. Every answer that the API documents is tested in api-contract.test.ts.
 */

const forum = "https://forum.example";
const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const use = useServers();
const links = useLinks(use);
const app = forAllTests(() =>
  startAppServer({
    ...{ ...links.urls, daoSlug },
    env: {
      TRUST_PROXY: "loopback,10.0.0.0/8",
      CORS_ORIGINS: forum,
      VIEW_RATE_PER_MINUTE: "0",
    },
  }),
);

let topics = 0;
let topic: string;
beforeEach(() => {
  topics += 1;
  topic = `topic-${topics}`;
});

type Sent = Parameters<typeof sendView>[2];

async function view(sent: Sent = {}): Promise<unknown> {
  const response = await sendView(app.origin, topic, sent);
  expect(response.status).toBe(200);
  return response.json();
}

const path = (topicId: string) => `${app.origin}/api/v1/forum/topics/${topicId}/views`;

async function read(): Promise<{ uniqueViews: number } & Record<string, unknown>> {
  const response = await fetch(path(topic));
  expect(response.status).toBe(200);
  return (await response.json()) as { uniqueViews: number };
}

const views = async () => (await read()).uniqueViews;
const isReady = async () => (await fetch(`${app.origin}/readyz`)).ok;
const from = (address: string): Sent => ({ headers: { "X-Forwarded-For": address } });
const counted = { counted: true };
const not = (reason: string) => ({ counted: false, reason });

it("a viewer is one, however the proxies spell the address", async () => {
  for (const address of [
    "203.0.113.9",
    "203.0.113.9:4711",
    "::ffff:203.0.113.9",
    "::FFFF:CB00:7109",
    "203.0.113.9, 10.0.0.4:5000",
  ]) {
    await view(from(address));
  }
  expect(await views()).toBe(1);
});

describe("of one network", () => {
  const wallet = (number: number) => `0x${number.toString(16).padStart(40, "0")}`;

  it.each<[string, (number: number) => Sent]>([
    ["addresses of an IPv6 /64", (number) => from(`2001:db8:0:1::${number.toString(16)}`)],
    [
      "made-up wallets",
      (number) => ({ ...from("203.0.113.11"), body: JSON.stringify({ address: wallet(number) }) }),
    ],
  ])("at most 30 count for a topic, be they %s", async (_what, sent) => {
    const answers: unknown[] = [];
    for (let number = 1; number <= 40; number += 1) answers.push(await view(sent(number)));
    const expected = [
      ...Array<object>(30).fill(counted),
      ...Array<object>(10).fill(not("network")),
    ];
    expect(answers).toEqual(expected);
    expect(await views()).toBe(30);
    expect(await view(sent(1))).toEqual(not("duplicate"));
    expect(await view(from("203.0.113.10"))).toEqual(counted);
  });
});

describe("no view is", () => {
  it.each([
    ["Sec-Purpose", "prefetch;prerender"],
    ["Sec-Purpose", "prefetch"],
    ["Purpose", "prefetch"],
    ["X-Moz", "prefetch"],
  ])("what is sent with %s: %s", async (name, value) => {
    expect(await view({ headers: { [name]: value } })).toEqual(not("prefetch"));
    expect(await views()).toBe(0);
  });

  it.each(["https://evil.example", "null", "http://forum.example"])(
    "what a page of %s sends",
    async (origin) => {
      const response = await sendView(app.origin, topic, { headers: { Origin: origin } });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ error: { code: "origin_not_allowed" } });
      expect(await views()).toBe(0);
    },
  );

  it("a body over 4 KB, as it streams in, whatever it declares", async () => {
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
});

describe("a view is", () => {
  it("what our own pages and those of listed origins send, and what names no origin", async () => {
    for (const origin of [app.origin, forum]) {
      expect(await view({ headers: { Origin: origin } })).toEqual(counted);
    }
    expect(await view()).toEqual(counted);
  });

  it("a JSON beacon, which a browser asks for first and sends with credentials", async () => {
    const headers = { Origin: forum };
    const preflight = await fetch(path(topic), {
      method: "OPTIONS",
      headers: {
        ...headers,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": forum,
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "content-type",
      "access-control-allow-methods": expect.stringContaining("POST") as string,
    });
    const response = await sendView(app.origin, topic, {
      headers: { ...headers, "Content-Type": "application/json", Cookie: "a=b" },
      body: "{}",
    });
    expect(await response.json()).toEqual(counted);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(forum);
    expect(response.headers.get("Access-Control-Allow-Credentials")).toBe("true");
    expect(response.headers.get("Access-Control-Expose-Headers")).toBe("Retry-After");
    const other = await fetch(path(topic), { headers: { Origin: "https://other.example" } });
    expect(other.headers.get("Access-Control-Allow-Origin")).toBeNull();
  });

  const address = `0x${"a".repeat(40)}`;
  const form = (fields: Record<string, string>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    return data;
  };

  it.each<[string, () => FormData | URLSearchParams | string]>([
    ["URLSearchParams", () => new URLSearchParams({ address })],
    ["FormData", () => form({ address })],
    ["JSON, which a beacon sends as plain text", () => JSON.stringify({ address })],
  ])("of the address in %s", async (_what, body) => {
    const send = async () => {
      const { headers, body: bytes } = new Request("http://x", { method: "POST", body: body() });
      const text = await new Response(bytes).text();
      return view({ headers: { "Content-Type": headers.get("Content-Type") ?? "" }, body: text });
    };
    expect(await send()).toEqual(counted);
    // From another client.
    expect(await send()).toEqual(not("duplicate"));
  });

  it.each([
    ["null", "application/json", '{"address":null}'],
    ["an empty text", "application/json", '{"address":""}'],
    ["an empty field", "application/x-www-form-urlencoded", "address="],
    ["left out with the whole body", "text/plain;charset=UTF-8", ""],
  ])("of no address where it is %s", async (_what, type, body) => {
    const send = (visitor: Record<string, string>) =>
      view({ headers: { ...visitor, "Content-Type": type }, body });
    const visitor = newVisitor();
    expect(await send(visitor)).toEqual(counted);
    expect(await send(visitor)).toEqual(not("duplicate"));
    expect(await send(newVisitor())).toEqual(counted);
  });

  it("kept without an address and without a user agent", async () => {
    await view({ body: JSON.stringify({ address: `0x${"ab".repeat(20)}` }) });
    await view();
    const { redis } = use.servers;
    const names = await redis.keys(`*${daoSlug}*`);
    const values = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    const held = [...names, ...values.map((value) => value?.toString("latin1"))].join("\n");
    expect(names.length).toBeGreaterThan(4);
    expect(held).not.toMatch(/100\.64|abab|Mozilla|Chrome/i);
  });
});

describe("reading counts", () => {
  it("adds up what is persisted and what is pending", async () => {
    await view();
    expect(await read()).toEqual({
      topicId: topic,
      uniqueViews: 1,
      baseViews: 0,
      overlayViews: 1,
      lastUpdated: null,
      isRealTime: true,
      source: "redis+postgres",
    });
    await callSync(app);
    expect(await read()).toMatchObject({
      ...{ uniqueViews: 1, overlayViews: 0 },
      ...{ isRealTime: false, source: "postgres" },
    });
    await view();
    const sum = await read();
    expect(sum).toMatchObject({ uniqueViews: 2, baseViews: 1, overlayViews: 1 });
    expect(Math.abs(Date.now() - Date.parse(String(sum.lastUpdated)))).toBeLessThan(60_000);
  });

  it("answers many topics in the order asked for, in several parameters, too, each once", async () => {
    await view();
    const query = `topicIds=none&topicIds=${topic},none`;
    const response = await fetch(`${app.origin}/api/v1/forum/views?${query}`);
    const body = (await response.json()) as {
      topics: Array<{ topicId: string; uniqueViews: number }>;
    };
    expect(body.topics.map(({ topicId, uniqueViews }) => [topicId, uniqueViews])).toEqual([
      ["none", 0],
      [topic, 1],
    ]);
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
      expect(await read()).toMatchObject({
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
      await expect.poll(isReady).toBe(true);
      expect(await view()).toEqual(counted);
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
    expect(await view()).toEqual(counted);
    const response = await fetch(path(topic));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: "database_unavailable" } });
    expect((await fetch(`${app.origin}/healthz`)).status).toBe(200);
    links.database.restore();
    await expect.poll(isReady).toBe(true);
    expect(await views()).toBe(1);
  });

  it("counts nothing, and says so, when a value of another type stands at the overlay", async () => {
    const { redis } = use.servers;
    const saved = await redis.dumpBuffer(keys.overlay);
    await redis.set(keys.overlay, "not a sorted set");
    const headers = newVisitor();
    expect((await sendView(app.origin, topic, { headers })).status).toBe(503);
    await redis.del(keys.overlay);
    if (saved) await redis.restore(keys.overlay, 0, saved);
    // The viewer was not marked as seen.
    expect(await view({ headers })).toEqual(counted);
  });
});
