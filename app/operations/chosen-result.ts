import type { ChosenTarget, RunRecord } from "./run-history.server";

/**
 * What became of a chosen target in its run:
 * - `flushed`, `failed`
 * - `nothing-pending`: it had no views to flush
 * - `in-progress`: the run is active
 * - `not-reached`: the run ended before it; its views are still pending
 * - `unknown`: a later run has flushed it since, so that nothing tells whether this one did
 * - `forgotten`: it may have failed, but errors of the run are past their retention
 */
export type ChosenResult =
  | "flushed"
  | "failed"
  | "nothing-pending"
  | "in-progress"
  | "not-reached"
  | "unknown"
  | "forgotten";

/**
 * A run records how many targets it flushed, not which. What it did to one follows from when its topic
 * was last flushed, and from the numbers where all or none of the chosen targets had views.
 */
export function chosenResult(
  run: Pick<
    RunRecord,
    "status" | "error" | "total" | "flushed" | "failed" | "recovered" | "chosen"
  > & { deletedErrors: number },
  target: ChosenTarget,
): ChosenResult {
  if (target.reason !== undefined) return "failed";
  if (target.flushed === "during") return "flushed";
  if (run.status === "running") return "in-progress";
  if (run.deletedErrors > 0) return "forgotten";
  const done = run.flushed + run.failed;
  const isComplete = run.error === undefined && run.status !== "interrupted" && done >= run.total;
  const isOwnBatchOnly = run.recovered === 0 && isComplete;
  if (isOwnBatchOnly && run.total === run.chosen) return "flushed";
  if (isOwnBatchOnly && run.total === 0) return "nothing-pending";
  if (target.flushed === "after") return "unknown";
  return isComplete ? "nothing-pending" : "not-reached";
}
