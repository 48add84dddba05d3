import { readFileSync } from "node:fs";

/** Where a step writes what became of its tests, as JSON. */
export interface TestReport {
  kind: "vitest" | "playwright";
  file: string;
}

export interface Totals {
  passed: number;
  failed: number;
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: Array<{ status: string; assertionResults: Array<{ status: string }> }>;
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number };
}

/** Passed and failed tests of a step that has run. A step that failed without a failed test counts as one. */
export function totalsOf(report: TestReport | undefined, succeeded: boolean): Totals {
  const totals = (report && readTotals(report)) ?? {
    passed: succeeded ? 1 : 0,
    failed: 0,
  };
  return !succeeded && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}

function readTotals({ kind, file }: TestReport): Totals | undefined {
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

function vitestTotals({ numPassedTests, numFailedTests, testResults }: VitestReport): Totals {
  // Files that failed before any of their tests ran: they cannot be loaded, or their set-up fails.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  return { passed: numPassedTests, failed: numFailedTests + brokenFiles.length };
}

function playwrightTotals({ stats }: PlaywrightReport): Totals {
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected };
}
