import type * as Crypto from "node:crypto";
import { timingSafeEqual } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import type { IncomingHttpHeaders } from "node:http";
import { findCaller, hasBearer } from "./bearer.server";

vi.mock("node:crypto", async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

const secret = "correct-horse-battery-staple";

function request(authorization?: string): Request {
  const headers: Record<string, string> =
    authorization === undefined ? {} : { Authorization: authorization };
  return new Request("http://localhost/", { headers });
}

describe("hasBearer", () => {
  it("lets any of the secrets in", () => {
    expect(hasBearer(request(`Bearer ${secret}`), [secret])).toBe(true);
    expect(hasBearer(request(`bearer ${secret}`), ["another", undefined, secret])).toBe(true);
  });

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    secret,
    `Basic ${secret}`,
    `Bearer ${secret}x`,
    `Bearer ${secret} ${secret}`,
    `Bearer ${secret.toUpperCase()}`,
  ])("does not let %j in", (authorization) => {
    expect(hasBearer(request(authorization), [secret])).toBe(false);
  });

  it("lets nobody in where the server has no secret", () => {
    for (const given of ["", "Bearer ", "Bearer undefined", `Bearer ${secret}`]) {
      expect(hasBearer(request(given), [undefined, undefined])).toBe(false);
      expect(hasBearer(request(given), [])).toBe(false);
    }
  });

  it("compares digests of every secret in constant time, whether or not one matches", () => {
    // Measured times would only be noise; the calls show that nothing else is compared.
    for (const given of [secret, "short", `${secret}${secret}`]) {
      vi.mocked(timingSafeEqual).mockClear();
      hasBearer(request(`Bearer ${given}`), [secret, "another", undefined, secret]);
      const { calls } = vi.mocked(timingSafeEqual).mock;
      expect(calls).toHaveLength(3);
      for (const buffer of calls.flat()) expect(buffer.byteLength).toBe(32);
    }
  });
});

describe("findCaller", () => {
  const token = `fvt_${"a".repeat(43)}`;
  const find = vi.fn((given: string) =>
    Promise.resolve(given === token ? { name: "forum", scopes: ["views:write"] } : undefined),
  );
  const services = { env: { CRON_SECRET: secret }, tokens: { find } };
  const ask = (headers: IncomingHttpHeaders, url = "/api/v1/forum/stats") => ({ url, headers });
  const bearer = (given: string) => ask({ authorization: `Bearer ${given}` });

  it("knows a token with the scope, in a request of Remix and of Node.js", async () => {
    const known = { kind: "known", name: "token forum" };
    expect(await findCaller(services, bearer(token), "views:write")).toEqual(known);
    expect(await findCaller(services, request(`Bearer ${token}`), "views:write")).toEqual(known);
  });

  it("refuses a token without the scope with 403", async () => {
    const caller = await findCaller(services, bearer(token), "stats:read");
    expect(caller).toMatchObject({ status: 403, error: { code: "forbidden" } });
  });

  it.each([
    ["nothing", ask({})],
    ["another token", bearer(`fvt_${"b".repeat(43)}`)],
    ["the token as a parameter", ask({}, `/api/v1/forum/stats?token=${token}`)],
    [
      "the token as a parameter and in the header",
      ask({ authorization: `Bearer ${token}` }, `/api/v1/forum/stats?token=${token}`),
    ],
  ])("refuses %s with 401", async (_name, given) => {
    expect(await findCaller(services, given, "views:write")).toMatchObject({ status: 401 });
  });

  it("takes CRON_SECRET for syncs and cleanups, without asking PostgreSQL, and for nothing else", async () => {
    find.mockClear();
    for (const scope of ["sync", "cleanup"] as const) {
      const known = { kind: "known", name: "cron" };
      expect(await findCaller(services, bearer(secret), scope)).toEqual(known);
    }
    expect(find).not.toHaveBeenCalled();
    for (const scope of ["views:write", "topics:write", "stats:read"] as const) {
      expect(await findCaller(services, bearer(secret), scope)).toMatchObject({ status: 401 });
    }
  });

  it("remembers nothing: a token that is revoked is refused at the next request", async () => {
    expect((await findCaller(services, bearer(token), "views:write")).kind).toBe("known");
    find.mockResolvedValueOnce(undefined);
    expect((await findCaller(services, bearer(token), "views:write")).kind).toBe("refused");
  });
});
