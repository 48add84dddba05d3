import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import { DependencyError } from "./dependency-error.server";
import { logOutage } from "./outage-log.server";

afterEach(() => vi.useRealTimers());

it("an outage has one line when it begins and one with a count when it is over", () => {
  vi.useFakeTimers();
  const lines: Array<Record<string, unknown>> = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = pino({}, { write });
  const fail = (dependency: "redis" | "postgres") =>
    logOutage(logger, new DependencyError(dependency, "is away", undefined));
  for (let request = 0; request < 500; request += 1) {
    fail("redis");
    vi.advanceTimersByTime(100);
  }
  fail("postgres");
  expect(lines).toMatchObject([
    { dependency: "redis", msg: "Requests cannot be served" },
    { dependency: "postgres", msg: "Requests cannot be served" },
  ]);
  vi.advanceTimersByTime(20_000);
  expect(lines.slice(2)).toMatchObject([
    { dependency: "redis", requests: 500, seconds: 50, msg: "Requests are served again" },
    { dependency: "postgres", requests: 1, seconds: 0 },
  ]);
  fail("redis");
  expect(lines).toHaveLength(5);
});
