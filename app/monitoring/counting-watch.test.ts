import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { CountingWatch, type CountedRequest } from "./counting-watch";

const MINUTE = 60_000;

function watch({ namesProxies = false } = {}) {
  const lines: string[] = [];
  let now = 1_000 * MINUTE;
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const watched = new CountingWatch({ namesProxies, logger, now: () => now });
  return {
    lines,
    pass: (milliseconds: number) => (now += milliseconds),
    see: (request: CountedRequest, times = 1) => {
      for (let time = 0; time < times; time += 1) watched.observe(request);
    },
    texts: () => watched.warnings().map(({ text }) => text),
  };
}

describe("a proxy that is not named", () => {
  it("is warned of at once, once in the log, and for some minutes", () => {
    const { see, texts, lines, pass } = watch();
    see({ outcome: "counted", client: "10.0.0.4", unnamedProxy: "10.0.0.4" }, 3);
    expect(texts()).toEqual([expect.stringContaining("from 10.0.0.4, which TRUST_PROXY does not")]);
    expect(lines).toHaveLength(1);
    pass(16 * MINUTE);
    expect(texts()).toEqual([]);
  });

  it("keeps an address to itself that may be a visitor's", () => {
    const { see, texts } = watch();
    see({ outcome: "counted", unnamedProxy: "203.0.113.7" });
    expect(texts().join()).not.toContain("203.0.113.7");
  });

  it("is no proxy where another one is named, unless most requests come from it", () => {
    const { see, texts } = watch({ namesProxies: true });
    see({ outcome: "counted", client: "a" }, 100);
    see({ outcome: "counted", client: "203.0.113.7", unnamedProxy: "203.0.113.7" }, 30);
    expect(texts()).toEqual([]);
    see({ outcome: "counted", client: "203.0.113.7", unnamedProxy: "203.0.113.7" }, 90);
    expect(texts()).toHaveLength(1);
  });
});

describe("one client from which nearly all views come", () => {
  it("is warned of as long as it does", () => {
    const { see, texts, lines, pass } = watch();
    see({ outcome: "counted", client: "a" });
    see({ outcome: "duplicate", client: "a" }, 300);
    see({ outcome: "network", client: "a" }, 200);
    expect(texts()).toEqual([expect.stringContaining("the last 501 views")]);
    expect(lines).toHaveLength(1);
    pass(6 * MINUTE);
    expect(texts()).toEqual([]);
  });

  it("is none among others, or of few views", () => {
    const { see, texts } = watch();
    see({ outcome: "rate", client: "a" }, 40);
    expect(texts()).toEqual([]);
    see({ outcome: "counted", client: "b" }, 60);
    see({ outcome: "rate", client: "a" }, 400);
    expect(texts()).toEqual([]);
  });
});

describe("origins that are refused", () => {
  it("are named, the last ones first, as far as they are origins", () => {
    const { see, texts, lines } = watch();
    see({ outcome: "origin", origin: "null" });
    see({ outcome: "origin", origin: "https://<script>" });
    expect(texts()).toEqual([]);
    for (let site = 1; site <= 50; site += 1) {
      see({ outcome: "origin", origin: `https://site-${site}.example` });
    }
    const [text] = texts();
    expect(text).toContain("https://site-50.example, https://site-49.example");
    expect(text).toContain("and 17 others");
    expect(text).toContain("CORS_ORIGINS");
    expect(lines).toHaveLength(1);
  });
});
