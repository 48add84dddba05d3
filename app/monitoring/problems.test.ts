import { describe, expect, it } from "vitest";
import { balancedBooks as books } from "../../tests/helpers/balanced-books";
import { booksProblem, parkedProblem, runProblem } from "./problems";
import type { Run } from "~/operations/run-history.server";

describe("a problem of the books", () => {
  it("is named by what explains it", () => {
    const off = { ...books, difference: -1 };
    expect(booksProblem(books, false)).toBeUndefined();
    expect(booksProblem(off, false)).toMatchObject({
      id: "books-off",
      title: "The books are off by 1 view",
    });
    expect(booksProblem({ ...off, lastBatch: 2 }, false)?.id).toBe("regression");
    expect(booksProblem({ ...off, lastBatch: undefined }, false)?.id).toBe("redis-wiped");
  });

  it("is none while a sync moves what is read", () => {
    expect(booksProblem({ ...books, difference: -1 }, true)).toBeUndefined();
    const claiming = { ...books, lastBatch: 2, difference: 5, isSettled: false };
    expect(booksProblem(claiming, true)).toBeUndefined();
  });
});

describe("a problem of a run", () => {
  const run: Run = {
    id: "7",
    trigger: "cron",
    actor: "cron",
    status: "partial",
    startedAt: new Date(),
    finishedAt: new Date(),
    stopRequestedBy: null,
    seconds: 1,
    ageSeconds: 1,
    total: 3,
    flushed: 1,
    failed: 2,
    views: 1,
    batch: "1",
    recovered: 0,
    targetsPerSecond: 3,
    error: null,
    warning: null,
    chosen: 0,
  };

  it.each([
    [{ warning: "The time limit was reached" }, "Run 7: 2 of 3 targets failed."],
    [{ failed: 0, warning: "The time limit was reached" }, "Run 7: The time limit was reached."],
    [{ error: "Redis connection failed" }, "Run 7: Redis connection failed."],
    [{ failed: 0 }, "Run 7: It ended before everything was flushed."],
  ])("says why: %j", (changes, text) => {
    expect(runProblem({ ...run, ...changes })?.text).toBe(text);
  });

  it.each(["succeeded", "empty", "running", "interrupted"] as const)("is none: %s", (status) => {
    expect(runProblem({ ...run, status })).toBeUndefined();
  });
});

it("parked targets are a problem, and counted", () => {
  expect(parkedProblem(0)).toBeUndefined();
  expect(parkedProblem(1)?.title).toBe("A target is parked");
  expect(parkedProblem(2)?.title).toBe("2 targets are parked");
});
