import { readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { JSONReport, JSONReportSuite } from "playwright/types/testReporter";
import type { JsonTestResults } from "vitest/node";

/** Where a step writes what became of its tests, as JSON. */
export interface TestReport {
  kind: "vitest" | "playwright";
  file: string;
}

export interface Totals {
  passed: number;
  failed: number;
}

/** A test that did not pass at once, with the message of its last failure. */
interface Failure {
  test: string;
  isFlaky: boolean;
  message: string | undefined;
}

/** So much of a message is repeated in the summary, which is all that some CI services show. */
const MOST_CHARACTERS = 600;

/**
 * Passed and failed tests of a step that has run. A step that failed without a failed test counts as one. `failures`
 * and `flaky` have the files, and the titles and messages where there are any, of the tests that failed, and of those
 * that passed only when they were repeated.
 */
export function totalsOf(report: TestReport | undefined, succeeded: boolean) {
  const { passed, found } = (report && read(report)) ?? { passed: succeeded ? 1 : 0, found: [] };
  const failures = found.filter(({ isFlaky }) => !isFlaky).map(inWords);
  const flaky = found.filter(({ isFlaky }) => isFlaky).map(inWords);
  return { passed, failed: Math.max(failures.length, succeeded ? 0 : 1), failures, flaky };
}

function inWords({ test, message = "" }: Failure): string {
  const text = stripVTControlCharacters(message).trim().slice(0, MOST_CHARACTERS);
  return [test, ...(text === "" ? [] : text.split("\n"))].join("\n      ");
}

function read({ kind, file }: TestReport) {
  try {
    const report: unknown = JSON.parse(readFileSync(file, "utf8"));
    return kind === "vitest"
      ? readVitest(report as JsonTestResults)
      : readPlaywright(report as JSONReport);
  } catch {
    return undefined;
  }
}

function readVitest({ numPassedTests, testResults }: JsonTestResults) {
  const found = testResults.flatMap(({ name, status, message, assertionResults }): Failure[] => {
    const file = path.relative("", name);
    // A test that passed when it was repeated still has the messages of the time before.
    const failed = assertionResults.filter(
      (test) => test.status === "failed" || (test.failureMessages ?? []).length > 0,
    );
    // A file may fail before any of its tests run: it cannot be loaded, or its set-up fails.
    if (status === "failed" && failed.length === 0)
      return [{ test: file, isFlaky: false, message }];
    return failed.map((test) => ({
      test: `${file}: ${test.fullName}`,
      isFlaky: test.status === "passed",
      message: test.failureMessages?.at(-1),
    }));
  });
  return { passed: numPassedTests, found };
}

function readPlaywright({ stats, suites }: JSONReport) {
  const found = suites.flatMap(specsOf).flatMap(({ file, line, title, ok, tests }): Failure[] => {
    const errors = tests.flatMap(({ results }) => results.flatMap(({ error }) => error ?? []));
    if (ok && errors.length === 0) return [];
    return [{ test: `${file}:${line}: ${title}`, isFlaky: ok, message: errors.at(-1)?.message }];
  });
  return { passed: stats.expected + stats.flaky, found };
}

function specsOf({ specs, suites = [] }: JSONReportSuite): JSONReportSuite["specs"] {
  return [...specs, ...suites.flatMap(specsOf)];
}
