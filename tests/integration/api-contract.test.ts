import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ApiScope } from "~/accounts/api-scopes";
import { viewKeys } from "~/sync/redis/view-keys";
import { waitUntil } from "../../scripts/local/wait-until";
import { ApiContract, likeness, type ApiDocument } from "../helpers/api-contract";
import { startAppServer } from "../helpers/app-server";
import { createTestServices } from "../helpers/dashboard";
import { testDaoSlug } from "../helpers/dao-slug";
import { holdTopic } from "../helpers/hold-topic";
import { forAllTests, useLinks, useServers } from "../helpers/use-servers";
import { newVisitor, sendView } from "../helpers/visitor";

/**
 * The OpenAPI document, as the production build serves it, against that build's answers: the server gives
 * every documented answer, word for word, and no other.
 */

const token = "metrics-token-0123456789";
const forum = "https://forum.example";
const address = "0x52908400098527886E0F7030069857D2E4169EE7";
const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const use = useServers();
const links = useLinks(use);
const app = forAllTests(() =>
  startAppServer({
    ...{ ...links.urls, daoSlug },
    env: {
      TRUST_PROXY: "loopback",
      CORS_ORIGINS: forum,
      METRICS_TOKEN: token,
      VIEW_RATE_PER_MINUTE: "2",
      VIEW_NETWORK_CAP: "1",
      SYNC_LOCK_SECONDS: "12",
    },
  }),
);
const withoutMetrics = forAllTests(() => startAppServer({ ...use.urls, daoSlug: testDaoSlug() }));
const services = forAllTests(() => createTestServices({ ...use.urls, daoSlug }));
let document: ApiDocument;
let contract: ApiContract;

beforeAll(async () => {
  document = (await (await ask("/api/v1/openapi.json")).json()) as ApiDocument;
  contract = new ApiContract(document);
});
afterEach(async () => {
  links.redis.restore();
  links.database.restore();
  await waitUntil(async () => (await ask("/readyz")).ok, { what: "readiness", seconds: 15 });
});

const syncPath = "/api/v1/forum/sync-views";
const cleanupPath = "/api/v1/forum/cleanup";
const cronPaths = [syncPath, cleanupPath];
const topicPath = (topicId: string) => `/api/v1/forum/topics/${topicId}/views`;
const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${app.origin}${path}`, init);
}

const sync = (method = "POST", query = "") =>
  ask(`${syncPath}${query}`, { method, headers: bearer(app.cronSecret) });

let topics = 0;
const newTopic = () => String((topics += 1));

/** A topic with persisted and with pending views. */
async function flushedTopic(): Promise<string> {
  const topicId = newTopic();
  await sendView(app.origin, topicId);
  await sync();
  await sendView(app.origin, topicId);
  return topicId;
}

async function whileActive(answer: () => Promise<Response>): Promise<Response> {
  const topicId = newTopic();
  await sendView(app.origin, topicId);
  const release = await holdTopic(use.servers.pool, { daoSlug, topicId });
  const active = sync();
  try {
    await waitUntil(hasActiveRun, { what: "an active sync", seconds: 15 });
    return await answer();
  } finally {
    await release();
    await active;
  }
}

async function hasActiveRun(): Promise<boolean> {
  const { rows } = await use.servers.pool.query(
    "SELECT FROM sync_runs WHERE dao_slug = $1 AND status = 'running'",
    [daoSlug],
  );
  return rows.length > 0;
}

async function tooManyViews(): Promise<Response> {
  const headers = newVisitor();
  const view = () => sendView(app.origin, newTopic(), { headers });
  expect([(await view()).status, (await view()).status]).toEqual([200, 200]);
  const answer = await view();
  expect(Number(answer.headers.get("Retry-After"))).toBeLessThanOrEqual(60);
  return answer;
}

function without(server: "redis" | "database", answer: () => Promise<Response>) {
  return () => {
    links[server].cut();
    return answer();
  };
}

/** A request for each documented answer. */
type Provocations = Record<string, () => Promise<Response>>;

function syncAnswers(operationId: string, method: "GET" | "POST"): Provocations {
  const answers: Provocations = {
    "200 flushed": async () => {
      await sendView(app.origin, newTopic());
      return sync(method);
    },
    "200 partly": async () => {
      await use.servers.redis.zadd(keys.overlay, 1, "forum_topic:not valid");
      await sendView(app.origin, newTopic());
      return sync(method);
    },
    "200 nothing": async () => {
      await use.servers.redis.zrem(keys.overlay, "forum_topic:not valid");
      await sync();
      return sync(method);
    },
    "200 skipped": () => whileActive(() => sync(method, "?onConflict=skip")),
    "400 badOption": () => sync(method, "?onConflict=wait"),
    "401 unauthorized": () => ask(syncPath, { method }),
    "409 busy": () => whileActive(() => sync(method)),
    "500 redisAway": without("redis", () => sync(method)),
    "500 databaseAway": without("database", () => sync(method)),
  };
  return named(operationId, answers);
}

function cleanupAnswers(operationId: string, method: "GET" | "POST"): Provocations {
  const cleanup = () => ask(cleanupPath, { method, headers: bearer(app.cronSecret) });
  return named(operationId, {
    "200 deleted": async () => {
      await use.servers.pool.query(
        `INSERT INTO sync_runs (dao_slug, trigger, actor, status, started_at)
         SELECT $1, 'cron', 'cron', 'empty', now() - interval '1 year' FROM generate_series(1, 3)`,
        [daoSlug],
      );
      return cleanup();
    },
    "200 nothing": cleanup,
    "401 unauthorized": () => ask(cleanupPath, { method }),
    "500 databaseAway": without("database", cleanup),
  });
}

function named(operationId: string, answers: Provocations): Provocations {
  return Object.fromEntries(
    Object.entries(answers).map(([answer, provoke]) => [`${operationId} ${answer}`, provoke]),
  );
}

const view = (init: Parameters<typeof sendView>[2] = {}) => sendView(app.origin, newTopic(), init);
const preflight = (path: string) =>
  ask(path, {
    method: "OPTIONS",
    headers: { Origin: forum, "Access-Control-Request-Method": "POST" },
  });

const topicsPath = "/api/v1/forum/topics";

async function newToken(scope: ApiScope): Promise<string> {
  return services.tokens.create("tests", { name: scope, scopes: [scope], expiresAt: undefined });
}

/** Puts a topic that the directory has, and one that it does not have. */
async function putTopics(body: unknown = twoTopics(), scope: ApiScope = "topics:write") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return ask(topicsPath, { method: "PUT", headers: bearer(await newToken(scope)), body: text });
}

const twoTopics = () => ({
  topics: [
    { topicId: "known", title: "A topic", url: "https://forum.example/t/1" },
    { topicId: newTopic(), title: "Another", hidden: true },
  ],
});

async function readStats(query = "", scope: ApiScope = "stats:read", accept = "*/*") {
  const headers = { ...bearer(await newToken(scope)), Accept: accept };
  return ask(`/api/v1/forum/stats${query}`, { headers });
}

const provocations: Provocations = {
  ...named("readStats", {
    "200 compared": async () => {
      const topicId = newTopic();
      const url = "https://forum.example/t/1";
      const title = "Grants for the next season";
      await putTopics({ topics: [{ topicId, title, url, category: "Grants" }] });
      await sendView(app.origin, topicId);
      await sync();
      const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
      return readStats(`?from=${yesterday}&compare=true&category=Grants`);
    },
    "200 topics": () => readStats("", "stats:read", "text/csv"),
    "400 to": () => readStats("?to=27.11.2026"),
    "401 unauthorized": () => ask("/api/v1/forum/stats"),
    "403 forbidden": () => readStats("", "topics:write"),
    "503 databaseAway": async () => {
      const headers = bearer(await newToken("stats:read"));
      return without("database", () => ask("/api/v1/forum/stats", { headers }))();
    },
  }),
  ...named("putTopics", {
    "200 written": async () => {
      await putTopics();
      return putTopics();
    },
    "400 topics[1].title": () =>
      putTopics({ topics: [twoTopics().topics[0], { topicId: "2", title: " \u0007" }] }),
    "400 body": () => putTopics("{"),
    "401 unauthorized": () => ask(topicsPath, { method: "PUT", body: "{}" }),
    "403 forbidden": () => putTopics(undefined, "stats:read"),
    "413 tooLarge": () => putTopics(" ".repeat(4_200_000)),
    "503 databaseAway": async () => {
      const headers = bearer(await newToken("topics:write"));
      return without("database", () => ask(topicsPath, { method: "PUT", headers, body: "{}" }))();
    },
  }),
  ...named("countView", {
    "200 counted": () => view({ body: JSON.stringify({ address }) }),
    "200 duplicate": async () => {
      const visit = { headers: newVisitor() };
      const topicId = newTopic();
      await sendView(app.origin, topicId, visit);
      return sendView(app.origin, topicId, visit);
    },
    "200 network": async () => {
      const first = newVisitor();
      const topicId = newTopic();
      await sendView(app.origin, topicId, { headers: first });
      const userAgent = first["User-Agent"]!.replace("Chrome/140", "Chrome/139");
      const headers = { ...first, "User-Agent": userAgent };
      return sendView(app.origin, topicId, { headers });
    },
    "200 bot": () => view({ headers: { "User-Agent": "Googlebot/2.1" } }),
    "200 prefetch": () => view({ headers: { "Sec-Purpose": "prefetch" } }),
    "403 foreignOrigin": () => view({ headers: { Origin: "https://evil.example" } }),
    "400 topicId": () => sendView(app.origin, "a:b"),
    "400 address": () => view({ body: `{"address":"0x123"}` }),
    "400 body": () => view({ body: "{" }),
    "400 ip": () => view({ body: `{"ip":"203.0.113.7"}` }),
    "401 unauthorized": () => view({ headers: bearer("of-nobody") }),
    "403 forbidden": async () => view({ headers: bearer(await newToken("stats:read")) }),
    "413 tooLarge": () => view({ body: " ".repeat(5_000) }),
    "429 rateLimited": tooManyViews,
    "503 redisAway": without("redis", () => view()),
  }),
  ...named("readTopicViews", {
    "200 realTime": async () => ask(topicPath(await flushedTopic())),
    "200 degraded": async () => {
      const topicId = await flushedTopic();
      return without("redis", () => ask(topicPath(topicId)))();
    },
    "400 topicId": () => ask(topicPath("a:b")),
    "503 databaseAway": without("database", () => ask(topicPath("1"))),
  }),
  ...named("readViews", {
    "200 realTime": async () => {
      const flushed = await flushedTopic();
      const fresh = newTopic();
      await sendView(app.origin, fresh);
      return ask(`/api/v1/forum/views?topicIds=${flushed},${fresh}`);
    },
    "200 degraded": async () => {
      const topicId = await flushedTopic();
      return without("redis", () => ask(`/api/v1/forum/views?topicIds=${topicId}`))();
    },
    "400 topicIds": () => ask("/api/v1/forum/views"),
    "503 databaseAway": without("database", () => ask("/api/v1/forum/views?topicIds=1")),
  }),
  ...named("mayCountView", { "204": () => preflight(topicPath("1")) }),
  ...named("mayReadViews", { "204": () => preflight("/api/v1/forum/views") }),
  ...syncAnswers("syncViews", "POST"),
  ...syncAnswers("syncViewsByGet", "GET"),
  ...cleanupAnswers("cleanUp", "POST"),
  ...cleanupAnswers("cleanUpByGet", "GET"),
  ...named("isAlive", { "200 alive": () => ask("/healthz") }),
  ...named("isReady", {
    "200 ready": () => ask("/readyz"),
    "503 redisAway": without("redis", () => ask("/readyz")),
    "503 databaseAway": without("database", () => ask("/readyz")),
  }),
  ...named("readMetrics", {
    "200 metrics": () => ask("/metrics", { headers: bearer(token) }),
    "401 unauthorized": () => ask("/metrics"),
    "404 notSet": () => fetch(`${withoutMetrics.origin}/metrics`),
  }),
  ...named("readApiDocument", {
    "200 document": () => ask("/api/v1/openapi.json"),
    "304": async () => {
      const etag = (await ask("/api/v1/openapi.json")).headers.get("ETag") ?? "";
      return ask("/api/v1/openapi.json", { headers: { "If-None-Match": `"other", ${etag}` } });
    },
  }),
};

/** Texts that are too long to be shown whole, or differ from day to day. */
const beginnings = [
  "readMetrics 200 metrics",
  "readApiDocument 200 document",
  "readStats 200 topics",
];

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === "" ? null : (JSON.parse(text) as unknown);
}

describe("what the document says", () => {
  it("is brought about here, all of it", () => {
    expect(Object.keys(provocations).sort()).toEqual(contract.documented().sort());
  });

  it.each(Object.keys(provocations))("%s", async (documented) => {
    const [operationId = "", status] = documented.split(" ");
    const response = await provocations[documented]!();
    expect(await contract.problems(operationId, response)).toEqual([]);
    expect(String(response.status)).toBe(status);
    if (beginnings.includes(documented)) return;
    expect(likeness(await bodyOf(response))).toEqual(contract.likenessOf(documented));
  });
});

type OddRequest = [
  operationId: string,
  what: string,
  send: () => Promise<Response>,
  status: number,
];

/** Requests that no reader of the document would send, and what each is answered with. */
const oddRequests: OddRequest[] = [
  ...["%E0%A4%A", "%00", "a%2Fb", "..%2f", "x".repeat(101), "%20"].flatMap(
    (topicId): OddRequest[] => [
      ["countView", `of ${topicId}`, () => sendView(app.origin, topicId), 400],
      ["readTopicViews", `of ${topicId}`, () => ask(topicPath(topicId)), 400],
      ["readViews", `of ${topicId}`, () => ask(`/api/v1/forum/views?topicIds=${topicId}`), 400],
    ],
  ),
  ...[
    ...["null", "[]", "7", '"0x"', '{"address":7}', '{"address":[]}', "\u0000"],
    `{"address":"0x${"g".repeat(40)}"}`,
  ].map((body): OddRequest => ["countView", `with ${body}`, () => view({ body }), 400]),
  ["countView", "with an empty object", () => view({ body: "{}" }), 200],
  ["countView", "with null as the address", () => view({ body: '{"address":null}' }), 200],
  ...["application/xml", "multipart/form-data", "application/json; charset=latin1", "x"].map(
    (type): OddRequest => [
      "countView",
      `of type ${type}`,
      () => view({ body: "{", headers: { "Content-Type": type } }),
      400,
    ],
  ),
  ["countView", "with a query", () => ask(`${topicPath("7")}?a=b`, { method: "POST" }), 200],
  ["countView", "as data", () => ask(`${topicPath("7")}?_data=root`, { method: "POST" }), 200],
  ["readTopicViews", "as data", () => ask(`${topicPath("7")}?_data=routes%2Flogin`), 200],
  ["readViews", "of no id", () => ask("/api/v1/forum/views?topicIds="), 400],
  ["readViews", "of an empty id", () => ask("/api/v1/forum/views?topicIds=1,,2"), 400],
  ["readViews", "of as many as there may be", () => readMany(200), 200],
  ["readViews", "of too many", () => readMany(201), 400],
  [
    "syncViews",
    "with another scheme",
    () => ask(syncPath, { method: "POST", headers: { Authorization: "Basic YTpi" } }),
    401,
  ],
  ["syncViews", "with an empty option", () => sync("POST", "?onConflict="), 400],
  ["syncViews", "with two options", () => sync("POST", "?onConflict=skip&onConflict=wait"), 200],
  ["syncViewsByGet", "as data", () => sync("GET", "?_data=root"), 200],
  [
    "readMetrics",
    "with the cron's secret",
    () => ask("/metrics", { headers: bearer(app.cronSecret) }),
    401,
  ],
  ["readMetrics", "as data", () => ask("/metrics?_data=root", { headers: bearer(token) }), 200],
  [
    "readApiDocument",
    "with odd tags",
    () => ask("/api/v1/openapi.json", { headers: { "If-None-Match": ",," } }),
    200,
  ],
  [
    "mayCountView",
    "of another origin",
    () => ask(topicPath("1"), { method: "OPTIONS", headers: { Origin: "https://evil.example" } }),
    204,
  ],
  [
    "mayReadViews",
    "without an origin",
    () => ask("/api/v1/forum/views", { method: "OPTIONS" }),
    204,
  ],
];

const readMany = (count: number) =>
  ask(`/api/v1/forum/views?topicIds=${[...Array(count).keys()].join()}`);

describe("what nobody is told to send", () => {
  it.each(oddRequests)(
    "%s %s is answered as documented",
    async (operationId, _what, send, status) => {
      const response = await send();
      expect(response.status).toBe(status);
      expect(await contract.problems(operationId, response)).toEqual([]);
    },
  );
});

const paths = [
  topicPath("1"),
  topicsPath,
  "/api/v1/forum/stats",
  "/api/v1/forum/views?topicIds=1",
  ...cronPaths,
  "/healthz",
  "/readyz",
  "/metrics",
  "/api/v1/openapi.json",
];

/** The path under which the document describes an address. */
function describedAt(path: string): string {
  const { pathname } = new URL(path, app.origin);
  return pathname.replace("/topics/1/", "/topics/{topicId}/");
}

describe("what the introduction says", () => {
  it("is tried at every path", () => {
    expect(paths.map(describedAt).sort()).toEqual(Object.keys(document.paths).sort());
  });

  it.each(paths)("another method at %s is refused", async (path) => {
    const response = await ask(path, { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    const methods = Object.keys(document.paths[describedAt(path)] ?? {});
    const isForCrons = cronPaths.includes(path);
    const allowed = methods.includes("get") && !isForCrons ? [...methods, "head"] : methods;
    expect(response.headers.get("Allow")?.toLowerCase().split(", ").sort()).toEqual(allowed.sort());
    const body = await bodyOf(response);
    if (isForCrons) expect(body).toEqual({ error: "Method Not Allowed", status: 405 });
    else expect(contract.isA("ApiError", body)).toBe(true);
  });

  it.each(paths.filter((path) => ![...cronPaths, topicsPath].includes(path)))(
    "HEAD is answered at %s",
    async (path) => {
      const init = { headers: bearer(token) };
      const [head, get] = [await ask(path, { ...init, method: "HEAD" }), await ask(path, init)];
      expect(head.status).toBe(get.status);
      expect(head.headers.get("Content-Type")).toBe(get.headers.get("Content-Type"));
      expect(await head.text()).toBe("");
    },
  );

  it.each([
    "/api/v1/none",
    "/API/v1/forum/views",
    "/api/v1/forum/views/?topicIds=1",
    "/api/v1/forum/sync%2Dviews",
    "/api/v1/forum/topics/7/%76iews",
    `${topicPath("7")}/`,
    "/readyz/",
    "/api/v1/openapi.json/",
  ])("%s is no path", async (path) => {
    const response = await ask(path, { headers: bearer(app.cronSecret) });
    expect(response.status).toBe(404);
    expect(contract.isA("ApiError", await bodyOf(response))).toBe(true);
  });
});
