import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { testRedis } from "../helpers/database";
import { useServers } from "../helpers/use-servers";
import { newVisitor, sendView } from "../helpers/visitor";

/**
 * Who counts as one viewer and what does not count, over HTTP, on the production build, without the rate
 * limit.
 */

const forum = "https://forum.example";
const use = useServers();
let app: AppServer;

beforeAll(async () => {
  app = await startAppServer({
    databaseUrl: use.database.url,
    redisUrl: testRedis(),
    daoSlug: testDaoSlug(),
    env: {
      TRUST_PROXY: "loopback,10.0.0.0/8",
      CORS_ORIGINS: forum,
      VIEW_RATE_PER_MINUTE: "0",
    },
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

type Sent = Parameters<typeof sendView>[2];

async function view(sent: Sent = {}): Promise<unknown> {
  const response = await sendView(app.origin, topic, sent);
  expect(response.status).toBe(200);
  return response.json();
}

async function views(): Promise<number> {
  const response = await fetch(`${app.origin}/api/v1/forum/topics/${topic}/views`);
  return ((await response.json()) as { uniqueViews: number }).uniqueViews;
}

const from = (address: string): Sent => ({ headers: { "X-Forwarded-For": address } });
const counted = { counted: true };
const not = (reason: string) => ({ counted: false, reason });

describe("a viewer is one", () => {
  it("from whatever port the proxy names", async () => {
    for (let port = 1; port <= 50; port += 1) await view(from(`203.0.113.20:${port}`));
    expect(await views()).toBe(1);
  });

  it("however the address is spelled", async () => {
    for (const address of ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109"]) {
      await view(from(address));
    }
    expect(await views()).toBe(1);
  });

  it("each of their own behind a trusted hop that is written with a port", async () => {
    for (const address of ["203.0.113.7", "203.0.113.8"]) {
      expect(await view(from(`${address}, 10.0.0.4:5000`))).toEqual(counted);
    }
    expect(await views()).toBe(2);
  });
});

describe("of one network", () => {
  const wallet = (number: number) => `0x${number.toString(16).padStart(40, "0")}`;

  it.each<[string, (number: number) => Sent]>([
    ["addresses of an IPv6 /64", (number) => from(`2001:db8:0:1::${number.toString(16)}`)],
    [
      "made-up wallets",
      (number) => ({ ...from("203.0.113.11"), body: JSON.stringify({ address: wallet(number) }) }),
    ],
    [
      "made-up user agents",
      (number) => ({
        headers: {
          "X-Forwarded-For": "203.0.113.9",
          "User-Agent": `Mozilla/5.0 (X11; Linux x86_64) Chrome/${number}.0`,
        },
      }),
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

  it.each(["", "  ", "curl/8.5.0"])("what comes with the user agent %j", async (userAgent) => {
    expect(await view({ headers: { "User-Agent": userAgent } })).toEqual(not("bot"));
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
});

describe("a view is", () => {
  it("what our own pages and those of listed origins send, and what names no origin", async () => {
    for (const origin of [app.origin, forum]) {
      expect(await view({ headers: { Origin: origin } })).toEqual(counted);
    }
    expect(await view()).toEqual(counted);
  });

  it("what a wallet's own browser sends", async () => {
    const okx =
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 OKEx/6.96.1 (iPhone;U;iOS 17.5;en-US) locale=en-US OKApp/(OKEx/6.96.1) brokerDomain/www.okx.com brokerId/0";
    expect(await view({ headers: { "User-Agent": okx } })).toEqual(counted);
  });

  it("a JSON beacon, which a browser asks for first and sends with credentials", async () => {
    const headers = { Origin: forum };
    const preflight = await fetch(`${app.origin}/api/v1/forum/topics/${topic}/views`, {
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
    });
    const response = await sendView(app.origin, topic, {
      headers: { ...headers, "Content-Type": "application/json", Cookie: "a=b" },
      body: "{}",
    });
    expect(await response.json()).toEqual(counted);
    expect(response.headers.get("Access-Control-Allow-Credentials")).toBe("true");
    expect(response.headers.get("Access-Control-Expose-Headers")).toBe("Retry-After");
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
    ["JSON", () => JSON.stringify({ address })],
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
  ])("of no address where it is %s", async (_what, type, body) => {
    const send = (visitor: Record<string, string>) =>
      view({ headers: { ...visitor, "Content-Type": type }, body });
    const visitor = newVisitor();
    expect(await send(visitor)).toEqual(counted);
    expect(await send(visitor)).toEqual(not("duplicate"));
    expect(await send(newVisitor())).toEqual(counted);
  });
});

it("topics to read may be named in several parameters", async () => {
  await view();
  const query = `topicIds=none&topicIds=${topic},none`;
  const response = await fetch(`${app.origin}/api/v1/forum/views?${query}`);
  const body = (await response.json()) as { topics: Array<{ topicId: string }> };
  expect(body.topics.map(({ topicId }) => topicId)).toEqual(["none", topic]);
});
