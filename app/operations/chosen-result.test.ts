import { describe, expect, it } from "vitest";
import { chosenResult } from "./chosen-result";

const run = {
  status: "partial" as const,
  error: undefined,
  total: 5,
  flushed: 4,
  failed: 1,
  recovered: 0,
  chosen: 8,
  deletedErrors: 0,
};
const target = { target: "forum_topic:1", reason: undefined, flushed: undefined };

describe("what became of a chosen target", () => {
  it("is known where the run recorded it", () => {
    expect(chosenResult(run, { ...target, reason: "No" })).toBe("failed");
    expect(chosenResult(run, { ...target, flushed: "during" })).toBe("flushed");
    // A recovered share may be flushed before the target fails in the run's own batch.
    expect(chosenResult(run, { ...target, reason: "No", flushed: "during" })).toBe("failed");
  });

  it("is nothing when its topic was not touched by a run that came to its end", () => {
    expect(chosenResult(run, target)).toBe("nothing-pending");
    expect(chosenResult(run, { ...target, flushed: "before" })).toBe("nothing-pending");
  });

  it("cannot be told once a later run has flushed its topic", () => {
    expect(chosenResult(run, { ...target, flushed: "after" })).toBe("unknown");
  });

  it("cannot be told once the run's errors are past their retention", () => {
    expect(chosenResult({ ...run, deletedErrors: 1 }, target)).toBe("forgotten");
    expect(chosenResult({ ...run, deletedErrors: 1 }, { ...target, flushed: "during" })).toBe(
      "flushed",
    );
  });

  it("can be told for ever where all or none of them had views", () => {
    const later = { ...target, flushed: "after" as const };
    expect(chosenResult({ ...run, total: 8, flushed: 7 }, later)).toBe("flushed");
    expect(chosenResult({ ...run, total: 0, flushed: 0, failed: 0 }, later)).toBe(
      "nothing-pending",
    );
    expect(chosenResult({ ...run, total: 8, flushed: 7, recovered: 3 }, later)).toBe("unknown");
  });

  it("is open while the run is active", () => {
    expect(chosenResult({ ...run, status: "running" }, target)).toBe("in-progress");
  });

  it.each([
    { status: "interrupted" as const },
    { error: "Redis connection failed", status: "failed" as const },
    { flushed: 2 },
  ])("is nothing yet when the run ended before it: %o", (end) => {
    expect(chosenResult({ ...run, ...end }, { ...target, flushed: "before" })).toBe("not-reached");
  });
});
