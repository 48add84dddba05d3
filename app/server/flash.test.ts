import type { AppLoadContext } from "@remix-run/node";
import { describe, expect, test } from "vitest";
import { createCookies } from "./cookies.server";
import { readFlash, setFlash } from "./flash.server";

function contextOf(SESSION_SECRET: string) {
  const cookies = createCookies({ APP_ORIGIN: "https://forum.example", SESSION_SECRET });
  return { services: { cookies } as AppLoadContext["services"] };
}

const context = contextOf("a secret of the tests, long enough");

function requestWith(headers: Headers): Request {
  const cookie = headers.getSetCookie().map((line) => line.split(";")[0]);
  return new Request("https://forum.example/admin", { headers: { Cookie: cookie.join("; ") } });
}

describe("a message for the next page", () => {
  test("is read once", async () => {
    const headers = await setFlash(context, { kind: "success", text: "Flushed 3 targets" });
    const first = await readFlash({ request: requestWith(headers), context });
    expect(first.message).toMatchObject({ kind: "success", text: "Flushed 3 targets" });
    expect(first.headers.get("Set-Cookie")).toContain("Max-Age=0");
    const second = await readFlash({ request: requestWith(first.headers), context });
    expect(second.message).toBeUndefined();
  });

  test("is not there without a cookie, and nothing is set then", async () => {
    const { message, headers } = await readFlash({ request: requestWith(new Headers()), context });
    expect(message).toBeUndefined();
    expect(headers.getSetCookie()).toEqual([]);
  });

  test("is not believed when somebody else signed it", async () => {
    const forger = contextOf("another secret, just as long as it");
    const headers = await setFlash(forger, { kind: "error", text: "Call this number" });
    const { message } = await readFlash({ request: requestWith(headers), context });
    expect(message).toBeUndefined();
  });

  test("has an id of its own, however alike the texts", async () => {
    const ids = new Set<string | undefined>();
    for (let times = 0; times < 2; times += 1) {
      const headers = await setFlash(context, { kind: "info", text: "Nothing to do" });
      ids.add((await readFlash({ request: requestWith(headers), context })).message?.id);
    }
    expect(ids.size).toBe(2);
  });

  test("is cut at 500 characters", async () => {
    const headers = await setFlash(context, { kind: "error", text: "a".repeat(5_000) });
    const { message } = await readFlash({ request: requestWith(headers), context });
    expect(message?.text).toBe(`${"a".repeat(499)}…`);
  });

  test.each(["\u{1F512}", "\uFFFF", "\u0000", '"'])("of %j fits into a cookie", async (text) => {
    const headers = await setFlash(context, { kind: "error", text: text.repeat(500) });
    expect(headers.getSetCookie()[0]?.length).toBeLessThan(4_096);
    expect((await readFlash({ request: requestWith(headers), context })).message).toBeDefined();
  });
});
