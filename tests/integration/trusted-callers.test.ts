import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createViewsHandler } from "~/api/views.server";
import type { ApiScope } from "~/accounts/api-scopes";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";

/** A forum's own server counts for its visitors, with an API token that has `views:write`. */

const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
const callersAddress = "203.0.113.1";

const use = useServers();
const dashboard = forAllTests(() => startDashboard(use.urls));
let server: Server;
let token: string;
let topics = 0;

const create = (scopes: ApiScope[]) =>
  dashboard.services.tokens.create("tests", { name: "forum", scopes, expiresAt: undefined });

beforeAll(async () => {
  const views = createViewsHandler(dashboard.services, () => callersAddress);
  server = createServer((request, response) => void views(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  token = await create(["views:write"]);
});
afterAll(() => server.close());
beforeEach(() => {
  topics += 1;
});

interface Sent {
  token?: string | undefined;
  userAgent?: string;
  topicId?: string;
}

/** Sends a view like a program that is no browser. */
async function view(
  body: object,
  sent: Sent = { token },
): Promise<{ status: number; body: unknown }> {
  const { port } = server.address() as AddressInfo;
  const topicId = sent.topicId ?? `topic-${topics}`;
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/forum/topics/${topicId}/views`, {
    method: "POST",
    headers: {
      "User-Agent": sent.userAgent ?? "node",
      ...(sent.token === undefined ? {} : { Authorization: `Bearer ${sent.token}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const counted = { status: 200, body: { counted: true } };
const not = (reason: string) => ({ status: 200, body: { counted: false, reason } });
const wrong = (field: string) => ({ status: 400, body: { error: { details: [{ field }] } } });
const wallet = (number: number) => `0x${number.toString(16).padStart(40, "0")}`;

describe("a trusted caller", () => {
  it("counts for each of its visitors, who are the same when they ask themselves", async () => {
    expect(await view({ ip: "198.51.100.7", userAgent })).toEqual(counted);
    expect(await view({ ip: "198.51.100.8", userAgent })).toEqual(counted);
    expect(await view({ ip: "::ffff:198.51.100.7", userAgent })).toEqual(not("duplicate"));
    expect(await view({ ip: callersAddress, userAgent })).toEqual(counted);
    expect(await view({}, { userAgent })).toEqual(not("duplicate"));
  });

  it("says who looked: an address or an IP address", async () => {
    expect(await view({})).toMatchObject(wrong("ip"));
    expect(await view({ userAgent })).toMatchObject(wrong("ip"));
    expect(await view({ ip: "localhost" })).toMatchObject(wrong("ip"));
    expect(await view({ ip: "198.51.100.7", userAgent: 7 })).toMatchObject(wrong("userAgent"));
    expect(await view({ address: wallet(1) })).toEqual(counted);
  });

  it("is no bot itself, and its visitors may be", async () => {
    expect(await view({ ip: "198.51.100.7" })).toEqual(counted);
    expect(await view({ ip: "198.51.100.8", userAgent: "curl/8.5.0" })).toEqual(not("bot"));
    expect(await view({ ip: "198.51.100.8", userAgent: "" })).toEqual(not("bot"));
  });

  it("vouches for addresses, which meet no cap, and for nobody else", async () => {
    const ip = "198.51.100.7";
    const answers: unknown[] = [];
    for (let one = 1; one <= 40; one += 1) answers.push(await view({ address: wallet(one), ip }));
    expect(answers).toEqual(Array<object>(40).fill(counted));
    for (let one = 1; one <= 30; one += 1) await view({ ip, userAgent: `${userAgent} ${one}` });
    expect(await view({ ip, userAgent: `${userAgent} 31` })).toEqual(not("network"));
  });

  it("is not limited, but each of its visitors is", async () => {
    for (let one = 1; one <= 120; one += 1) {
      await view({ ip: "198.51.100.99", userAgent }, { token, topicId: `many-${one}` });
    }
    expect(await view({ ip: "198.51.100.99", userAgent })).toMatchObject({ status: 429 });
    expect(await view({ ip: "198.51.100.98", userAgent })).toEqual(counted);
  });
});

describe("anybody else", () => {
  it("cannot say who looked", async () => {
    const expected = {
      status: 400,
      body: { error: { details: [{ field: "ip" }, { field: "userAgent" }] } },
    };
    const body = { ip: "198.51.100.7", userAgent };
    expect(await view(body, { userAgent })).toMatchObject(expected);
    // As a page would send it that knows neither value.
    expect(await view({ ip: null, userAgent: null }, { userAgent })).toEqual(counted);
  });

  it("may send fields that are none of ours", async () => {
    expect(await view({ problems: "many" }, { userAgent })).toEqual(counted);
  });

  it("is refused with a token that is none, or good for something else", async () => {
    const body = { ip: "198.51.100.7", userAgent };
    const others = await create(["stats:read"]);
    expect(await view(body, { token: "made-up" })).toMatchObject({ status: 401 });
    expect(await view(body, { token: others })).toMatchObject({ status: 403 });
    expect(await view(body)).toEqual(counted);
  });
});
