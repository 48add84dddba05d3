import type { FailedRun, FailedTarget } from "~/operations/failed-targets.server";

/** A target that is failing now. */
export interface FailureView {
  /** Its printable name. */
  target: string;
  reason: string;
  /** Failed flushes in a row. */
  attempts: number;
  parked: boolean;
  /** ISO 8601. */
  firstAt: string;
  lastAt: string;
  lastRun: string;
  /** The last runs in which it failed, newest first. */
  runs: RunFailureView[];
}

export interface RunFailureView {
  run: string;
  at: string;
  reason: string;
}

export function failureView(failure: FailedTarget, runs: FailedRun[]): FailureView {
  return {
    target: failure.target,
    reason: failure.reason,
    attempts: failure.attempts,
    parked: failure.parked,
    firstAt: failure.firstAt.toISOString(),
    lastAt: failure.lastAt.toISOString(),
    lastRun: failure.lastRun,
    runs: runs.map(runFailureView),
  };
}

export function runFailureView({ run, at, reason }: FailedRun): RunFailureView {
  return { run, at: at.toISOString(), reason };
}
