import { readFileSync } from "node:fs";
import path from "node:path";

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
  /** The files, and titles where there are any, of the tests that failed. */
  failures: string[];
}

interface VitestReport {
  numPassedTests: number;
  testResults: Array<{
    name: string;
    status: string;
    assertionResults: Array<{ status: string; fullName: string }>;
  }>;
}

interface PlaywrightSuite {
  specs: Array<{ ok: boolean; file: string; line: number; title: string }>;
  suites?: PlaywrightSuite[];
}

interface PlaywrightReport {
  stats: { expected: number; flaky: number };
  suites: PlaywrightSuite[];
}

/** Passed and failed tests of a step that has run. A step that failed without a failed test counts as one. */
export function totalsOf(report: TestReport | undefined, succeeded: boolean): StepTotals {
  const { passed, failures } = (report && readTotals(report)) ?? {
    passed: succeeded ? 1 : 0,
    failures: [],
  };
  return { passed, failed: Math.max(failures.length, succeeded ? 0 : 1), failures };
}

function readTotals({ kind, file }: TestReport): Omit<StepTotals, "failed"> | undefined {
  let report: unknown;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  return kind === "vitest"
    ? vitestTotals(report as VitestReport)
    : playwrightTotals(report as PlaywrightReport);
}

function vitestTotals({ numPassedTests, testResults }: VitestReport) {
  const failures = testResults.flatMap(({ name, status, assertionResults }) => {
    const file = path.relative("", name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    // A file may fail before any of its tests run: it cannot be loaded, or its set-up fails.
    if (status === "failed" && failed.length === 0) return [file];
    return failed.map(({ fullName }) => `${file}: ${fullName}`);
  });
  return { passed: numPassedTests, failures };
}

function playwrightTotals({ stats, suites }: PlaywrightReport) {
  const specs = suites.flatMap(specsOf).filter(({ ok }) => !ok);
  const failures = specs.map(({ file, line, title }) => `${file}:${line}: ${title}`);
  return { passed: stats.expected + stats.flaky, failures };
}

function specsOf({ specs, suites = [] }: PlaywrightSuite): PlaywrightSuite["specs"] {
  return [...specs, ...suites.flatMap(specsOf)];
}
