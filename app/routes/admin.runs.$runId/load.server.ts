import type { RunParams } from "~/lists/list-search";
import { pageInfo, type PageInfo } from "~/lists/paging";
import type { RunErrorGroup, RunRecord } from "~/operations/run-history.server";
import type { Services } from "~/services.server";
import { chosenResult, type ChosenResult } from "~/operations/chosen-result";
import { runView, type RunView } from "~/routes/admin.runs._index/run-view";

export interface RunProgress {
  /** Targets. */
  done: number;
  total: number;
  views: number;
  /** Null until something is done. */
  targetsPerSecond: number | null;
  viewsPerSecond: number | null;
  /** While it is active and its pace is known. */
  secondsLeft: number | null;
  /** It says that it runs. Without a sign of life for the lease, the next run takes over from it. */
  isActive: boolean;
  isStalled: boolean;
}

export interface RunErrorRow {
  target: string;
  /** Null where what was counted is no number of views. */
  views: number | null;
  reason: string;
  /** ISO 8601. */
  at: string;
  /** It still fails, so it can be retried. */
  stillFailing: boolean;
}

export interface RunDetailView {
  params: RunParams;
  run: RunView;
  progress: RunProgress;
  previous: string | null;
  next: string | null;
  errors: {
    rows: RunErrorRow[];
    page: PageInfo;
    groups: RunErrorGroup[];
    /** How many are past their retention. */
    deleted: number;
  };
  /** Targets that failed in this run and still do. */
  retryable: number;
  /** What became of each target that was chosen; null for a run over everything pending. */
  chosen: {
    rows: Array<{ target: string; result: ChosenResult; reason: string | null }>;
    page: PageInfo;
  } | null;
}

/** Null when there is no such run. @throws DependencyError when PostgreSQL is away */
export async function presentRun(
  { env, failures, runs }: Pick<Services, "env" | "failures" | "runs">,
  id: string,
  wanted: RunParams,
): Promise<RunDetailView | null> {
  if (!/^[1-9]\d{0,17}$/.test(id)) return null;
  const run = await runs.find(id);
  if (!run) return null;
  const { pageSize } = wanted;
  const [neighbours, groups, counts] = await Promise.all([
    runs.neighbours(id),
    runs.errorGroups(id),
    runs.errorCounts(id, wanted.reason),
  ]);
  const errorsPage = pageInfo(counts.matching, { page: wanted.errorsPage, pageSize });
  const chosenPage = pageInfo(run.chosen, { page: wanted.targetsPage, pageSize });
  const part = ({ offset }: PageInfo) => ({ offset, count: pageSize });
  const [errors, chosen] = await Promise.all([
    runs.errors(id, wanted.reason, part(errorsPage)),
    run.chosen > 0 ? runs.chosen(id, part(chosenPage)) : [],
  ]);
  const deleted = Math.max(0, run.failed - counts.recorded);
  const failing = await failures.ofTargets(errors.map(({ target }) => target));

  return {
    params: { ...wanted, errorsPage: errorsPage.page, targetsPage: chosenPage.page },
    run: runView(run),
    progress: progressOf(run, env.SYNC_LEASE_SECONDS),
    previous: neighbours.previous ?? null,
    next: neighbours.next ?? null,
    errors: {
      rows: errors.map(({ target, views, reason, at }) => ({
        target,
        views: views ?? null,
        reason,
        at: at.toISOString(),
        stillFailing: failing.has(target),
      })),
      page: errorsPage,
      groups,
      deleted,
    },
    retryable: counts.stillFailing,
    chosen:
      run.chosen === 0
        ? null
        : {
            rows: chosen.map((target) => ({
              target: target.target,
              result: chosenResult({ ...run, deletedErrors: deleted }, target),
              reason: target.reason ?? null,
            })),
            page: chosenPage,
          },
  };
}

/** Before that, the first targets of a run say nothing about the rest. */
const LEAST_SECONDS = 1;

export function progressOf(run: RunRecord, leaseSeconds: number): RunProgress {
  const done = run.flushed + run.failed;
  const hasPace = done > 0 && run.seconds > 0;
  const targetsPerSecond = hasPace ? done / run.seconds : null;
  const isActive = run.status === "running";
  const isStalled = isActive && run.ageSeconds > leaseSeconds;
  const canEstimate = isActive && !isStalled && run.seconds >= LEAST_SECONDS;
  return {
    done,
    total: run.total,
    views: run.viewsFlushed,
    targetsPerSecond,
    viewsPerSecond: hasPace ? run.viewsFlushed / run.seconds : null,
    secondsLeft:
      canEstimate && targetsPerSecond !== null
        ? Math.max(0, run.total - done) / targetsPerSecond
        : null,
    isActive,
    isStalled,
  };
}
