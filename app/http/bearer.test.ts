import { describe, expect, it } from "vitest";
import { hasBearer } from "./bearer.server";

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
});
