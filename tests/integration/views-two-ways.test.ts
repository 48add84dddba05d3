import http from "node:http";
import net from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { useLinks, useServers } from "../helpers/use-servers";
import { newVisitor } from "../helpers/visitor";

/**
 * Addresses spelled the plain way are answered by Express, any other by the Remix resource route. Whoever
 * asks must not see which.
 */

const forum = "https://forum.example";
const use = useServers();
const links = useLinks(use);
let app: AppServer;

beforeAll(async () => {
  app = await startAppServer({
    databaseUrl: links.database.url,
    redisUrl: links.redis.url,
    daoSlug: testDaoSlug(),
    env: { TRUST_PROXY: "loopback", CORS_ORIGINS: forum, VIEW_RATE_PER_MINUTE: "3" },
  });
});
afterAll(async () => {
  await app.stop();
});

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

interface Sent {
  method: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Not `fetch`: it hides what arrives, and adds to what is sent. */
function send(path: string, { method, headers = {}, body = "" }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${app.origin}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** How an answer is framed and when it was made. Only an answer that may be compressed says so. */
const framing = ["date", "content-length", "transfer-encoding", "connection", "keep-alive"];

function comparable({ status, headers, body }: Answer) {
  const rest = Object.entries(headers).filter(([name]) => !framing.includes(name));
  const kept = Object.fromEntries(rest);
  const vary = String(kept.vary).split(", ");
  kept.vary = vary.filter((name) => name !== "Accept-Encoding").join(", ");
  // A limit is told in seconds to go, and one may pass in between.
  if (kept["retry-after"] !== undefined && status === 429) kept["retry-after"] = "some";
  return { status, headers: kept, body: body === "" ? "" : (JSON.parse(body) as unknown) };
}

let topics = 0;
let topic: string;
beforeEach(() => {
  topics += 1;
  topic = `topic-${topics}`;
});

/** Sends the same to both, each with a visitor of its own, and says what both answered. */
async function both(
  path: (topicId: string) => string,
  sent: Sent,
  times = 1,
): Promise<ReturnType<typeof comparable>> {
  const answers: Answer[] = [];
  for (const [way, end] of [
    ["plain", ""],
    ["other", "/"],
  ] as const) {
    const [address = "", query] = path(`${topic}-${way}`).split("?");
    const headers = { ...newVisitor(), ...sent.headers };
    const url = `${address}${end}${query === undefined ? "" : `?${query}`}`;
    let answer: Answer | undefined;
    for (let time = 0; time < times; time += 1) answer = await send(url, { ...sent, headers });
    answers.push(answer!);
  }
  const [plain, other] = answers as [Answer, Answer];
  const asIfSame = ({ body, ...rest }: Answer) =>
    comparable({ ...rest, body: body.replaceAll(/-(plain|other)/g, "") });
  expect(asIfSame(plain)).toEqual(asIfSame(other));
  // Express knows how long its answer is, Remix streams it.
  expect(plain.headers["transfer-encoding"]).toBeUndefined();
  expect(other.headers["transfer-encoding"]).toBe("chunked");
  return asIfSame(plain);
}

const views = (topicId: string) => `/api/v1/forum/topics/${topicId}/views`;
const post: Sent = { method: "POST" };
const address = `0x${"a".repeat(40)}`;

describe("counting, with Remix and without it, answers alike", () => {
  it.each<[string, Sent, object]>([
    ["a view", post, { status: 200, body: { counted: true } }],
    [
      "a beacon",
      { ...post, headers: { "Content-Type": "text/plain" }, body: "{}" },
      { status: 200 },
    ],
    ["an address", { ...post, body: JSON.stringify({ address }) }, { status: 200 }],
    ["spaces", { ...post, body: " \n" }, { status: 200 }],
    ["no user agent", { ...post, headers: { "User-Agent": "" } }, { status: 200 }],
    ["a bot", { ...post, headers: { "User-Agent": "Googlebot/2.1" } }, { status: 200 }],
    ["bad JSON", { ...post, body: "{" }, { status: 400 }],
    ["bad UTF-8", { ...post, body: '{"address":"\u{1F600}"}' }, { status: 400 }],
    ["a bad address", { ...post, body: '{"address":"0x1"}' }, { status: 400 }],
    ["4,096 bytes", { ...post, body: `{}${" ".repeat(4_094)}` }, { status: 200 }],
    ["4,097 bytes", { ...post, body: `{}${" ".repeat(4_095)}` }, { status: 413 }],
    ["a forum's origin", { ...post, headers: { Origin: forum } }, { status: 200 }],
    ["another origin", { ...post, headers: { Origin: "https://other.example" } }, { status: 200 }],
  ])("%s", async (_what, sent, expected) => {
    const answer = await both(views, sent);
    expect(answer).toMatchObject(expected);
    expect(answer.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "content-type": "application/json; charset=utf-8",
    });
    const allowed = answer.headers["access-control-allow-origin"];
    expect(allowed).toBe(sent.headers?.Origin === forum ? forum : undefined);
  });

  it("the same viewer again", async () => {
    expect(await both(views, post, 2)).toMatchObject({ body: { reason: "duplicate" } });
  });

  it("one viewer by both", async () => {
    const headers = newVisitor();
    expect((await send(views(topic), { ...post, headers })).body).toBe('{"counted":true}');
    const again = await send(`${views(topic)}/`, { ...post, headers });
    expect(again.body).toBe('{"counted":false,"reason":"duplicate"}');
  });

  it("too many of one client, and counts none of those", async () => {
    expect(await both(views, post, 4)).toMatchObject({ status: 429 });
    const headers = newVisitor();
    for (let view = 0; view < 6; view += 1) {
      await send(views(`${topic}-${view}`), { ...post, headers });
    }
    const read = await send(`/api/v1/forum/views?topicIds=${topic}-2,${topic}-3`, {
      method: "GET",
    });
    const { topics: counts } = JSON.parse(read.body) as { topics: Array<{ uniqueViews: number }> };
    expect(counts.map(({ uniqueViews }) => uniqueViews)).toEqual([1, 0]);
  });

  it("a topic id that is too long", async () => {
    const answer = await both((id) => views(id.padEnd(101, "x")), post);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
  });

  it("a Redis that is away", async () => {
    links.redis.cut();
    expect(await both(views, post)).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    links.redis.restore();
    await expect.poll(async () => (await fetch(`${app.origin}/readyz`)).status).toBe(200);
  });
});

describe("reading, with Remix and without it, answers alike", () => {
  it.each<[string, (topicId: string) => string, number]>([
    ["a topic", views, 200],
    ["a bad topic id", (id) => views(id.padEnd(101, "x")), 400],
    ["topics", (id) => `/api/v1/forum/views?topicIds=${id},2,2`, 200],
    ["no topics", () => "/api/v1/forum/views?topicIds=", 400],
    ["an empty topic", (id) => `/api/v1/forum/views?topicIds=${id},,2`, 400],
  ])("%s", async (_what, path, status) => {
    expect(await both(path, { method: "GET" })).toMatchObject({ status });
  });
});

it("a client that goes away in the middle is no error", async () => {
  const before = app.logs.length;
  const client = net.connect(app.port, "127.0.0.1");
  await once(client, "connect");
  client.write(`POST ${views(topic)} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
  client.resetAndDestroy();
  expect((await send(views(topic), { ...post, headers: newVisitor() })).status).toBe(200);
  expect(app.logs.slice(before)).toEqual([]);
});
