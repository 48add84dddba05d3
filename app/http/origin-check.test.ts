import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { describe, expect, test } from "vitest";
import { checkOrigin, isOwnOrigin, originCheck } from "./origin-check.server";

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
  const refusal = await new Promise<unknown>((resolve) => {
    try {
      checkOrigin(request("POST", {}), ours);
      resolve(undefined);
    } catch (thrown) {
      resolve(thrown);
    }
  });
  expect(refusal).toBeInstanceOf(Response);
  const response = refusal as Response;
  expect(response.status).toBe(403);
  expect(await response.text()).toContain(ours);
});

describe("in front of Remix", () => {
  /** Posts to a server that has the check, and then tells the host that Remix would see. */
  async function post(path: string, headers: Record<string, string>) {
    const app = express();
    app.use(originCheck(ours));
    app.use((request, response) => {
      response.send(`${request.get("X-Forwarded-Host") ?? ""}${request.get("Host")}`);
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

  test("ours does, under our host whatever a proxy made of it", async () => {
    const headers = { Origin: ours, Host: "upstream:3000", "X-Forwarded-Host": "cdn.example" };
    expect(await post("/admin/users", headers)).toEqual({ status: 200, body: "forum.example" });
  });

  test("the API has no cookies to protect", async () => {
    const headers = { Origin: "https://forum.other.example", Host: "api.example" };
    const answer = await post("/api/v1/forum/topics/1/views", headers);
    expect(answer).toEqual({ status: 200, body: "api.example" });
  });
});
