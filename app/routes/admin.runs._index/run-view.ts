import type { RunRecord } from "~/operations/run-history.server";

/** A run in lists and charts. */
export interface RunView {
  id: string;
  trigger: RunRecord["trigger"];
  /** `cron`, or the e-mail address of the user who asked. */
  actor: string;
  status: RunRecord["status"];
  startedAt: string;
  finishedAt: string | null;
  /** How long it took, or has been running. */
  seconds: number;
  /** Since it ended; since its last sign of life while it runs. */
  ageSeconds: number;
  /** Targets. */
  total: number;
  flushed: number;
  failed: number;
  views: number;
  batch: string | null;
  /** Targets taken over from a run that did not finish. */
  recovered: number;
  /** Targets dealt with in a second; null where there were none. */
  targetsPerSecond: number | null;
  error: string | null;
  warning: string | null;
  /** How many targets were chosen; 0 for a run over everything pending. */
  chosen: number;
}

export function runView(run: RunRecord): RunView {
  const done = run.flushed + run.failed;
  return {
    id: run.id,
    trigger: run.trigger,
    actor: run.actor,
    status: run.status,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    seconds: run.seconds,
    ageSeconds: run.ageSeconds,
    total: run.total,
    flushed: run.flushed,
    failed: run.failed,
    views: run.viewsFlushed,
    batch: run.batch ?? null,
    recovered: run.recovered,
    targetsPerSecond: done > 0 && run.seconds > 0 ? done / run.seconds : null,
    error: run.error ?? null,
    warning: run.warning ?? null,
    chosen: run.chosen,
  };
}
