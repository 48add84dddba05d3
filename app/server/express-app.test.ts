import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Request, Response as ExpressResponse } from "express";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseEnvironment } from "~/platform/environment.server";
import { createLogger } from "~/platform/logger.server";
import { createApp } from "./express-app.server";
import { createHttpServer } from "./http-server.server";

const origin = "https://forum.example";
const lines: string[] = [];
/** Requests that reached Remix. */
const handled: Array<{ method: string; url: string; nonce: unknown }> = [];
let server: http.Server;
/** Requests that Remix has not answered yet. */
const waiting: ExpressResponse[] = [];
/** Milliseconds. */
const IDLE_LIMIT_MS = 200;

beforeAll(async () => {
  const env = parseEnvironment({
    APP_ORIGIN: origin,
    CRON_SECRET: "a-secret-of-the-tests-long-enough",
    SESSION_SECRET: "another-secret-of-the-tests-long-enough",
    DATABASE_URL: "postgres://127.0.0.1/none",
    REDIS_URL: "redis://127.0.0.1",
    DAO_SLUG: "tests",
  });
  const logger = createLogger("debug", { write: (line: string) => void lines.push(line) });
  const app = createApp({
    ...{ env, logger },
    isStopping: () => false,
    views: () => false,
    handler: (request: Request, response: ExpressResponse) => {
      const { method, url } = request;
      handled.push({ method, url, nonce: response.locals.cspNonce });
      if (url.includes("?wait")) waiting.push(response);
      else response.send("answered");
      return Promise.resolve();
    },
  });
  server = createHttpServer(app, { maxConnections: 10, idleLimit: IDLE_LIMIT_MS, logger });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  waiting.length = 0;
  handled.length = 0;
  lines.length = 0;
});

async function ask(path: string, options: http.RequestOptions = {}): Promise<http.IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const request = http.request({ host: "127.0.0.1", port, path, agent: false, ...options });
  request.end();
  const [answer] = (await once(request, "response")) as [http.IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return answer;
}

describe("a connection on which nothing moves", () => {
  it("is closed", async () => {
    await expect(ask("/admin?wait")).rejects.toThrow("socket hang up");
  });

  it.each(["/api/v1/forum/sync-views", "/api/v1/forum/cleanup"])(
    "is kept while the cron waits for %s",
    async (path) => {
      const answer = ask(`${path}?wait`, { method: "POST" });
      await expect.poll(() => handled.length).toBe(1);
      // A request of another path is closed after the same time.
      await expect(ask("/admin?wait")).rejects.toThrow("socket hang up");
      waiting.find(({ req }) => req.url.startsWith(path))?.send("done");
      expect((await answer).statusCode).toBe(200);
    },
  );
});

describe("in front of Remix", () => {
  it.each(["/admin", "/login", "/healthz", "/api/v1/forum/sync-views", "/api/none"])(
    "nobody on the way keeps %s",
    async (path) => {
      expect((await ask(path)).headers["cache-control"]).toBe("no-store");
    },
  );

  it.each(["HEAD", "PUT", "DELETE"])("%s starts no sync", async (method) => {
    const answer = await ask("/api/v1/forum/sync-views", { method });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe("GET, POST");
    expect(handled).toEqual([]);
  });

  it.each([
    "/API/v1/forum/sync-views",
    "/api/v1/forum/%73ync-views",
    "/api/v1/forum/sync-views/",
    "/api/v1/forum/none",
    "/healthz/",
    "/Metrics",
  ])("%s is no path of the API", async (path) => {
    expect((await ask(path)).statusCode).toBe(404);
    expect(handled).toEqual([]);
  });

  it.each(["/admin?index", "/admin/users?_data=routes%2Fadmin.users", "/logout", "/theme"])(
    "another site's change at %s is refused",
    async (path) => {
      const headers = { Origin: "https://evil.example" };
      expect((await ask(path, { method: "POST", headers })).statusCode).toBe(403);
      expect(handled).toEqual([]);
      expect((await ask(path, { method: "POST", headers: { Origin: origin } })).statusCode).toBe(
        200,
      );
    },
  );

  it("no query, address or cookie gets into the log", async () => {
    const headers = { Cookie: "fv_session=private", "X-Forwarded-For": "203.0.113.9" };
    await ask("/admin?search=private", { headers });
    await expect.poll(() => lines.join("")).toContain('"path":"/admin"');
    expect(lines.join("")).not.toMatch(/private|203\.0\.113/);
  });
});

describe("the headers of a page", () => {
  it("let only scripts with the page's own nonce run", async () => {
    const policies = [await ask("/admin"), await ask("/admin")].map(
      ({ headers }) => headers["content-security-policy"] as string,
    );
    const scripts = policies.map((policy) => /script-src ([^;]+)/.exec(policy)?.[1]);
    expect(scripts).toEqual(handled.map(({ nonce }) => `'self' 'nonce-${String(nonce)}'`));
    expect(new Set(scripts).size).toBe(2);
  });

  it("keep it out of frames, off the clear, and for what it is", async () => {
    const { headers } = await ask("/admin");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(headers["strict-transport-security"]).toMatch(/^max-age=\d{8}/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("same-origin");
    expect(headers["x-powered-by"]).toBeUndefined();
  });

  it("keep a built file for what it is", async () => {
    expect((await ask("/build/none.js")).headers["x-content-type-options"]).toBe("nosniff");
  });
});
