import { readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Where a step writes what became of its tests, as JSON. */
export interface TestReport {
  kind: "vitest" | "playwright";
  file: string;
}

export interface Totals {
  passed: number;
  failed: number;
}

export interface StepTotals extends Totals {
  /** The files, and titles and messages where there are any, of the tests that failed. */
  failures: string[];
  /** The same of those that passed only when they were repeated. */
  flaky: string[];
}

interface VitestReport {
  numPassedTests: number;
  testResults: Array<{
    name: string;
    status: string;
    message?: string;
    assertionResults: Array<{ status: string; fullName: string; failureMessages?: string[] }>;
  }>;
}

interface PlaywrightSuite {
  specs: Array<{
    ok: boolean;
    file: string;
    line: number;
    title: string;
    tests: Array<{ results: Array<{ error?: { message?: string } }> }>;
  }>;
  suites?: PlaywrightSuite[];
}

interface PlaywrightReport {
  stats: { expected: number; flaky: number };
  suites: PlaywrightSuite[];
}

/** A test with the message of its last failure. */
interface Failure {
  test: string;
  isFlaky: boolean;
  message: string | undefined;
}

/** So much of a message is repeated in the summary, which is all that some CI services show. */
const MOST_CHARACTERS = 600;

/** Passed and failed tests of a step that has run. A step that failed without a failed test counts as one. */
export function totalsOf(report: TestReport | undefined, succeeded: boolean): StepTotals {
  const { passed, found } = (report && readReport(report)) ?? {
    passed: succeeded ? 1 : 0,
    found: [],
  };
  const failures = found.filter(({ isFlaky }) => !isFlaky).map(inWords);
  const flaky = found.filter(({ isFlaky }) => isFlaky).map(inWords);
  return { passed, failed: Math.max(failures.length, succeeded ? 0 : 1), failures, flaky };
}

function inWords({ test, message = "" }: Failure): string {
  const text = stripVTControlCharacters(message).trim().slice(0, MOST_CHARACTERS);
  return [test, ...(text === "" ? [] : text.split("\n"))].join("\n      ");
}

function readReport({ kind, file }: TestReport) {
  let report: unknown;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  return kind === "vitest"
    ? readVitest(report as VitestReport)
    : readPlaywright(report as PlaywrightReport);
}

function readVitest({ numPassedTests, testResults }: VitestReport) {
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

function readPlaywright({ stats, suites }: PlaywrightReport) {
  const found = suites.flatMap(specsOf).flatMap(({ file, line, title, ok, tests }): Failure[] => {
    const errors = tests.flatMap(({ results }) => results.flatMap(({ error }) => error ?? []));
    if (ok && errors.length === 0) return [];
    return [{ test: `${file}:${line}: ${title}`, isFlaky: ok, message: errors.at(-1)?.message }];
  });
  return { passed: stats.expected + stats.flaky, found };
}

function specsOf({ specs, suites = [] }: PlaywrightSuite): PlaywrightSuite["specs"] {
  return [...specs, ...suites.flatMap(specsOf)];
}
