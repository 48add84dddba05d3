import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { checkOrigin, isOwnOrigin, originCheck, ownAddress } from "./origin-check.server";

const ours = "https://forum.example";

function request(method: string, headers: Record<string, string>): Request {
  return new Request(`${ours}/admin/users`, { method, headers });
}

describe("a change", () => {
  test.each<[string, Record<string, string>]>([
    ["from our origin", { Origin: ours }],
    ["without an origin, which the browser calls ours", { "Sec-Fetch-Site": "same-origin" }],
    ["without both, from one of our pages", { Referer: `${ours}/admin/users?page=2` }],
  ])("%s is let through", (_name, headers) => {
    expect(isOwnOrigin(request("POST", headers), ours)).toBe(true);
  });

  test.each<[string, Record<string, string>]>([
    ["from nowhere", {}],
    ["from another origin", { Origin: "https://evil.example" }],
    ["from another port", { Origin: `${ours}:8443` }],
    ["from another scheme", { Origin: "http://forum.example" }],
    ["from a name that only begins alike", { Origin: `${ours}.evil.example` }],
    ["from a sandbox", { Origin: "null" }],
    ["from a sandbox in our own page", { Origin: "null", "Sec-Fetch-Site": "same-origin" }],
    [
      "from another origin with a made-up rest",
      { Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin", Referer: `${ours}/` },
    ],
    ["from another site", { "Sec-Fetch-Site": "cross-site", Referer: `${ours}/` }],
    ["from a sister site", { "Sec-Fetch-Site": "same-site" }],
    ["typed into the address bar", { "Sec-Fetch-Site": "none" }],
    ["with another page's address", { Referer: `https://evil.example/?${ours}` }],
    ["with an unreadable address", { Referer: "forum.example" }],
  ])("%s is refused", (_name, headers) => {
    expect(isOwnOrigin(request("POST", headers), ours)).toBe(false);
  });

  test.each(["PUT", "PATCH", "DELETE"])("by %s is looked at too", (method) => {
    expect(isOwnOrigin(request(method, { Origin: "https://evil.example" }), ours)).toBe(false);
  });
});

test.each(["GET", "HEAD"])("a %s changes nothing", (method) => {
  expect(isOwnOrigin(request(method, { Origin: "https://evil.example" }), ours)).toBe(true);
});

test("the refusal names the origin that is allowed", async () => {
  const refused = Promise.resolve(request("POST", {})).then((sent) => checkOrigin(sent, ours));
  const refusal = (await refused.catch((thrown: unknown) => thrown)) as Response;
  expect(refusal.status).toBe(403);
  expect(await refusal.text()).toContain(ours);
});

describe("in front of Remix", () => {
  /** Posts to a server that has the check; the answer is the host that Remix would see. */
  const lines: string[] = [];
  const check = originCheck(ours, pino({}, { write: (line: string) => lines.push(line) }));
  async function post(path: string, headers: Record<string, string>) {
    const app = express();
    app.set("trust proxy", "loopback");
    app.use(ownAddress(ours));
    app.use(check);
    app.use((request, response) => {
      response.send(`${request.protocol}://${request.hostname}${request.originalUrl}`);
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const outgoing = httpRequest({ host: "127.0.0.1", port, path, method: "POST", headers });
    outgoing.end();
    const [incoming] = (await once(outgoing, "response")) as [
      NodeJS.ReadableStream & { statusCode: number },
    ];
    let body = "";
    for await (const chunk of incoming) body += chunk.toString();
    server.close();
    return { status: incoming.statusCode, body };
  }

  test("another site's change gets no further", async () => {
    const { status, body } = await post("/admin/users", { Origin: "https://evil.example" });
    expect(status).toBe(403);
    expect(body).toContain(ours);
  });

  test("whoever came by another address is told both, and the log is told once", async () => {
    for (const path of ["/login", "/login?_data=routes%2Flogin"]) {
      expect(await post(path, { Origin: "http://localhost:3000" })).toEqual({
        status: 403,
        body: `Refused: this request did not come from ${ours}, but from http://localhost:3000. The dashboard works under ${ours} only`,
      });
    }
    expect(lines).toHaveLength(1);
  });

  test("ours does, under our host whatever a proxy made of it", async () => {
    const headers = { Origin: ours, Host: "upstream:3000", "X-Forwarded-Host": "cdn.example" };
    const body = "http://forum.example/admin/users";
    expect(await post("/admin/users", headers)).toEqual({ status: 200, body });
  });

  test.each(["Host", "X-Forwarded-Host", "X-Forwarded-Proto"])(
    "no path can be smuggled into the address by %s",
    async (header) => {
      const headers = { Origin: ours, [header]: "http://evil.example/admin/users?" };
      const body = "http://forum.example/api/v1/forum/views";
      expect(await post("/api/v1/forum/views", headers)).toEqual({ status: 200, body });
    },
  );

  test.each(["http://evil.example/admin", "*", "/%5c", "/admin\\users"])(
    "%s is no path of ours",
    async (target) => {
      expect(await post(target, { Origin: ours })).toMatchObject({ status: 400 });
    },
  );

  test("the API has no cookies to protect", async () => {
    const headers = { Origin: "https://forum.other.example" };
    expect(await post("/api/v1/forum/topics/1/views", headers)).toMatchObject({ status: 200 });
  });
});
