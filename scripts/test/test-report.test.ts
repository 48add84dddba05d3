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

function totals(kind: TestReport["kind"], report: object, succeeded: boolean) {
  const file = path.join(folder, "report.json");
  writeFileSync(file, JSON.stringify(report));
  return totalsOf({ kind, file }, succeeded);
}

const test = (status: string) => ({
  ...{ status, fullName: "a test" },
  failureMessages: status === "failed" ? ["\u001b[31mone\u001b[39m\ntwo"] : [],
});
const fileOf = (name: string, status: string, ...assertionResults: object[]) => ({
  ...{ name: path.resolve(name), status, assertionResults },
});
const spec = (title: string, ok: boolean, ...messages: string[]) => ({
  ...{ title, ok, file: "a.spec.ts", line: 3 },
  tests: [{ results: messages.map((message) => ({ error: { message } })) }],
});

describe("the totals of a step", () => {
  it("are one for a step without a report, and for one that left none", () => {
    const none = { failures: [], flaky: [] };
    expect(totalsOf(undefined, true)).toEqual({ passed: 1, failed: 0, ...none });
    expect(totalsOf(undefined, false)).toEqual({ passed: 0, failed: 1, ...none });
    const missing = totalsOf({ kind: "vitest", file: "none" }, false);
    expect(missing).toEqual({ passed: 0, failed: 1, ...none });
  });

  it("are those of Vitest's report, with what failed, and what failed before its tests", () => {
    const testResults = [
      fileOf("a.test.ts", "passed", test("passed")),
      fileOf("b.test.ts", "failed", test("passed"), test("failed")),
      fileOf("c.test.ts", "failed"),
      fileOf("d.test.ts", "failed", test("skipped")),
      fileOf("e.test.ts", "passed", { ...test("failed"), status: "passed" }),
    ];
    const text = "a test\n      one\n      two";
    expect(totals("vitest", { numPassedTests: 3, testResults }, false)).toEqual({
      ...{ passed: 3, failed: 3 },
      failures: [`b.test.ts: ${text}`, "c.test.ts", "d.test.ts"],
      flaky: [`e.test.ts: ${text}`],
    });
  });

  it("are those of Playwright's report", () => {
    const inner = [spec("two", false, "first", "again"), spec("three", true, "first")];
    const suites = [{ specs: [spec("one", true)], suites: [{ specs: inner }] }];
    expect(totals("playwright", { stats: { expected: 1, flaky: 1 }, suites }, false)).toEqual({
      ...{ passed: 2, failed: 1 },
      failures: ["a.spec.ts:3: two\n      again"],
      flaky: ["a.spec.ts:3: three\n      first"],
    });
  });

  it("hold a failure when the step failed though its tests passed", () => {
    const report = { stats: { expected: 3, flaky: 0 }, suites: [] };
    expect(totals("playwright", report, false)).toMatchObject({ passed: 3, failed: 1 });
  });
});
