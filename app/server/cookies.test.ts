import { describe, expect, it } from "vitest";
import { createCookies } from "./cookies.server";

const SESSION_SECRET = "a-secret-of-the-tests-long-enough";
const https = createCookies({ APP_ORIGIN: "https://forum.example", SESSION_SECRET });
const http = createCookies({ APP_ORIGIN: "http://localhost:3000", SESSION_SECRET });

describe.each(["session", "flash"] as const)("the %s cookie", (name) => {
  it("is out of reach for scripts and for other sites' forms", async () => {
    for (const cookies of [http, https]) {
      const header = await cookies[name].serialize("value");
      expect(header).toContain("; HttpOnly");
      expect(header).toContain("; SameSite=Lax");
      expect(header).toContain("; Path=/;");
      expect(header).not.toContain("Domain");
    }
  });

  it("is this host's alone on https, and never travels in the clear", async () => {
    expect(await https[name].serialize("value")).toMatch(/^__Host-fv_.*; Secure/);
    expect(await http[name].serialize("value")).not.toContain("Secure");
  });

  it("is believed only where we signed it", async () => {
    const signed = (await https[name].serialize("value")).split(";")[0] ?? "";
    expect(await https[name].parse(signed)).toBe("value");
    const unsigned = signed.replace(/\.[^.]*$/, "");
    expect(unsigned).not.toBe(signed);
    expect(await https[name].parse(unsigned)).not.toBe("value");
    const elsewhere = createCookies({
      APP_ORIGIN: "https://forum.example",
      SESSION_SECRET: "another-secret-of-the-tests-long-enough",
    });
    expect(await elsewhere[name].parse(signed)).not.toBe("value");
  });
});
