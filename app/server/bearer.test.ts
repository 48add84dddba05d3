import type * as Crypto from "node:crypto";
import { timingSafeEqual } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { hasBearer } from "./bearer.server";

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
    // A measurement would be noise; what can be held is that nothing else compares.
    for (const given of [secret, "short", `${secret}${secret}`]) {
      vi.mocked(timingSafeEqual).mockClear();
      hasBearer(request(`Bearer ${given}`), [secret, "another", undefined, secret]);
      const { calls } = vi.mocked(timingSafeEqual).mock;
      expect(calls).toHaveLength(3);
      for (const buffer of calls.flat()) expect(buffer.byteLength).toBe(32);
    }
  });
});
