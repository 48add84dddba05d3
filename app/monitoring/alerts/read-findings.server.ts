import { DependencyError } from "~/platform/dependency-error.server";
import type { Books, BooksReader } from "~/sync/balance/books.server";
import type { FailedTargets } from "~/operations/failed-targets.server";
import {
  booksProblem,
  cronProblem,
  parkedProblem,
  runProblem,
  wipeProblem,
} from "~/monitoring/problems";
import type { RunHistory } from "~/operations/run-history.server";
import type { Finding, Findings } from "./alert";

interface ConditionDependencies {
  books: BooksReader;
  failures: FailedTargets;
  runs: RunHistory;
  /** How often the cron is expected. */
  intervalMinutes: number;
}

/**
 * Looks whether something is wrong, with the same tests as the dashboard's banners. What cannot be known at
 * the moment is left out, so that it neither begins nor ends an alert.
 * @throws DependencyError when PostgreSQL is away
 */
export async function readFindings(dependencies: ConditionDependencies): Promise<Findings> {
  const { failures, runs, intervalMinutes } = dependencies;
  const [outcome, lastCron, counts, before] = await Promise.all([
    runs.last("outcome"),
    runs.last("cron"),
    failures.counts(),
    runs.last("sync"),
  ]);
  const books = await readBooks(dependencies.books);
  const after = await runs.last("sync");
  const isRunActive = after?.finishedAt === null || after?.id !== before?.id;

  const findings: Findings = new Map();
  findings.set(
    "failed-run",
    found(outcome && runProblem(outcome), `/admin/runs/${outcome?.id ?? ""}`),
  );
  findings.set(
    "parked-targets",
    found(parkedProblem(counts.parked.targets), "/admin/failures?state=parked"),
  );
  if (lastCron || books) {
    const problem = cronProblem(lastCron, books?.pendingSince, intervalMinutes);
    findings.set("late-cron", found(problem, "/admin/runs"));
  }
  const wipe = outcome && wipeProblem(outcome);
  if (wipe) findings.set("wiped-redis", found(wipe, `/admin/runs/${outcome.id}`));
  // While a sync moves views, neither the sums nor the batch ids of the two stores can be compared.
  if (books?.isSettled) addBooks(findings, books, isRunActive);
  return findings;
}

function addBooks(findings: Findings, books: Books, isRunActive: boolean): void {
  const problem = booksProblem(books, isRunActive);
  const regression = problem?.id === "regression" ? problem : undefined;
  const wipe = problem?.id === "redis-wiped" ? problem : undefined;
  if (!findings.has("wiped-redis")) findings.set("wiped-redis", found(wipe, "/admin"));
  findings.set("regressed-batch", found(regression, "/admin#regression"));
  // After Redis has lost data, nobody knows whether the books would balance otherwise.
  if (isRunActive || (problem && problem.id !== "books-off")) return;
  findings.set("books-off", found(problem, "/admin"));
}

function found(problem: Omit<Finding, "path"> | undefined, path: string): Finding | null {
  return problem ? { title: problem.title, text: problem.text, path } : null;
}

async function readBooks(books: BooksReader) {
  try {
    return await books.read();
  } catch (error) {
    if (error instanceof DependencyError) return undefined;
    throw error;
  }
}
