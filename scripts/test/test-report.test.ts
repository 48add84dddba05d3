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

const fileOf = (name: string, status: string, ...tests: string[]) => ({
  name: path.resolve(name),
  status,
  assertionResults: tests.map((test, index) => ({
    status: test,
    fullName: `test ${index}`,
    failureMessages: test === "failed" ? ["\u001b[31mone\u001b[39m\ntwo"] : [],
  })),
});

const none = { failures: [], flaky: [] };

const spec = (title: string, ok: boolean) => ({
  ...{ title, ok, file: "a.spec.ts", line: 3 },
  tests: [
    { results: ok ? [{}] : [{ error: { message: "first" } }, { error: { message: "again" } }] },
  ],
});

describe("the totals of a step", () => {
  it("are one for a step without a report", () => {
    expect(totalsOf(undefined, true)).toEqual({ passed: 1, failed: 0, ...none });
    expect(totalsOf(undefined, false)).toEqual({ passed: 0, failed: 1, ...none });
  });

  it("are those of Vitest's report, with the names and messages of what failed", () => {
    const testResults = [
      fileOf("a.test.ts", "passed", "passed", "passed"),
      fileOf("b.test.ts", "failed", "passed", "failed"),
    ];
    const report = reportOf("vitest", { numPassedTests: 3, testResults });
    const failures = ["b.test.ts: test 1\n      one\n      two"];
    expect(totalsOf(report, false)).toEqual({ passed: 3, failed: 1, failures, flaky: [] });
  });

  it("count a file that failed before its tests", () => {
    const testResults = [fileOf("a.test.ts", "failed"), fileOf("b.test.ts", "failed", "skipped")];
    const report = reportOf("vitest", { numPassedTests: 1, testResults });
    const failures = ["a.test.ts", "b.test.ts"];
    expect(totalsOf(report, false)).toEqual({ passed: 1, failed: 2, failures, flaky: [] });
  });

  it("are those of Playwright's report", () => {
    const suites = [
      {
        specs: [spec("one", true)],
        suites: [{ specs: [spec("two", false), spec("three", true)] }],
      },
    ];
    const report = reportOf("playwright", { stats: { expected: 1, flaky: 1 }, suites });
    const failures = ["a.spec.ts:3: two\n      again"];
    expect(totalsOf(report, false)).toEqual({ passed: 2, failed: 1, failures, flaky: [] });
  });

  it("name what passed only when it was repeated", () => {
    const repeated = fileOf("a.test.ts", "passed", "failed");
    repeated.assertionResults[0]!.status = "passed";
    const unit = reportOf("vitest", { numPassedTests: 1, testResults: [repeated] });
    const flaky = ["a.test.ts: test 0\n      one\n      two"];
    expect(totalsOf(unit, true)).toEqual({ passed: 1, failed: 0, failures: [], flaky });

    const tests = [{ results: [{ error: { message: "first" } }, {}] }];
    const specs = [{ ...spec("two", true), tests }];
    const e2e = reportOf("playwright", { stats: { expected: 0, flaky: 1 }, suites: [{ specs }] });
    expect(totalsOf(e2e, true).flaky).toEqual(["a.spec.ts:3: two\n      first"]);
  });

  it("hold a failure when the step failed though its tests passed, or left no report", () => {
    const report = reportOf("playwright", { stats: { expected: 3, flaky: 0 }, suites: [] });
    expect(totalsOf(report, false)).toEqual({ passed: 3, failed: 1, ...none });
    const missing = totalsOf({ kind: "vitest", file: "none" }, false);
    expect(missing).toEqual({ passed: 0, failed: 1, ...none });
  });
});
