import { DependencyError } from "~/platform/dependency-error.server";
import type { BooksReader } from "~/sync/balance/books.server";
import type { FailedTargets } from "~/operations/failed-targets.server";
import {
  booksProblem,
  cronProblem,
  parkedProblem,
  runProblem,
  wipeProblem,
  type Problem,
} from "~/monitoring/problems";
import type { RunHistory } from "~/operations/run-history.server";
import type { AlertKind, Findings } from "./alert";

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
  const set = (kind: AlertKind, problem: Problem | undefined, path: string) =>
    findings.set(kind, problem ? { title: problem.title, text: problem.text, path } : null);
  const runPath = `/admin/runs/${outcome?.id ?? ""}`;
  set("failed-run", outcome && runProblem(outcome), runPath);
  set("parked-targets", parkedProblem(counts.parked.targets), "/admin/failures?state=parked");
  if (lastCron || books) {
    const problem = cronProblem(lastCron, books?.pendingSince, intervalMinutes);
    set("late-cron", problem, "/admin/runs");
  }
  const wipeBefore = outcome && wipeProblem(outcome);
  if (wipeBefore) set("wiped-redis", wipeBefore, runPath);
  // While a sync moves views, neither the sums nor the batch ids of the two stores can be compared.
  if (!books?.isSettled) return findings;

  const problem = booksProblem(books, isRunActive);
  const only = (id: string) => (problem?.id === id ? problem : undefined);
  if (!wipeBefore) set("wiped-redis", only("redis-wiped"), "/admin");
  set("regressed-batch", only("regression"), "/admin#regression");
  // After Redis has lost data, nobody knows whether the books would balance otherwise.
  if (!isRunActive && (!problem || problem.id === "books-off")) set("books-off", problem, "/admin");
  return findings;
}

async function readBooks(books: BooksReader) {
  try {
    return await books.read();
  } catch (error) {
    if (error instanceof DependencyError) return undefined;
    throw error;
  }
}
