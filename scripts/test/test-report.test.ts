import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestReport, totalsOf } from "./test-report";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "test-report-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function reportOf(kind: TestReport["kind"], report: object): TestReport {
  const file = path.join(folder, "report.json");
  writeFileSync(file, JSON.stringify(report));
  return { kind, file };
}

const fileOf = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe("the totals of a step", () => {
  it("are one for a step without a report", () => {
    expect(totalsOf(undefined, true)).toEqual({ passed: 1, failed: 0 });
    expect(totalsOf(undefined, false)).toEqual({ passed: 0, failed: 1 });
  });

  it("are those of Vitest's report", () => {
    const testResults = [fileOf("passed", "passed", "passed"), fileOf("failed", "failed")];
    const report = reportOf("vitest", { numPassedTests: 2, numFailedTests: 1, testResults });
    expect(totalsOf(report, false)).toEqual({ passed: 2, failed: 1 });
  });

  it("count a file that failed before its tests", () => {
    const testResults = [fileOf("passed", "passed"), fileOf("failed"), fileOf("failed", "skipped")];
    const report = reportOf("vitest", { numPassedTests: 1, numFailedTests: 0, testResults });
    expect(totalsOf(report, false)).toEqual({ passed: 1, failed: 2 });
  });

  it("are those of Playwright's report", () => {
    const report = reportOf("playwright", { stats: { expected: 3, unexpected: 1, flaky: 0 } });
    expect(totalsOf(report, false)).toEqual({ passed: 3, failed: 1 });
  });

  it("hold a failure when the step failed though its tests passed, or left no report", () => {
    const report = reportOf("playwright", { stats: { expected: 3, unexpected: 0, flaky: 0 } });
    expect(totalsOf(report, false)).toEqual({ passed: 3, failed: 1 });
    expect(totalsOf({ kind: "vitest", file: "none" }, false)).toEqual({
      passed: 0,
      failed: 1,
    });
  });
});
