import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { totalsOf } from "./test-report";
import type { TestStep } from "./test-steps";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "test-report-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function stepWith(kind: "vitest" | "playwright", report?: object): TestStep {
  const file = path.join(folder, "report.json");
  if (report) writeFileSync(file, JSON.stringify(report));
  return { name: "some", npm: ["some"], report: { kind, file } };
}

const fileOf = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe("the totals of a step", () => {
  it("are one for a step without a report", () => {
    const lint: TestStep = { name: "lint", npm: ["lint"] };
    expect(totalsOf(lint, true)).toEqual({ passed: 1, failed: 0 });
    expect(totalsOf(lint, false)).toEqual({ passed: 0, failed: 1 });
  });

  it("are those of Vitest's report", () => {
    const testResults = [fileOf("passed", "passed", "passed"), fileOf("failed", "failed")];
    const step = stepWith("vitest", { numPassedTests: 2, numFailedTests: 1, testResults });
    expect(totalsOf(step, false)).toEqual({ passed: 2, failed: 1 });
  });

  it("count a file that failed before its tests", () => {
    const testResults = [fileOf("passed", "passed"), fileOf("failed"), fileOf("failed", "skipped")];
    const step = stepWith("vitest", { numPassedTests: 1, numFailedTests: 0, testResults });
    expect(totalsOf(step, false)).toEqual({ passed: 1, failed: 2 });
  });

  it("are those of Playwright's report", () => {
    const step = stepWith("playwright", { stats: { expected: 3, unexpected: 1, flaky: 0 } });
    expect(totalsOf(step, false)).toEqual({ passed: 3, failed: 1 });
  });

  it("hold a failure when the step failed though its tests passed, or left no report", () => {
    const step = stepWith("playwright", { stats: { expected: 3, unexpected: 0, flaky: 0 } });
    expect(totalsOf(step, false)).toEqual({ passed: 3, failed: 1 });
    expect(totalsOf({ ...step, report: { kind: "vitest", file: "none" } }, false)).toEqual({
      passed: 0,
      failed: 1,
    });
  });
});
