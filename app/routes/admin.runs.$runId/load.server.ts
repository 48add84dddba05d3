import type { RunParams } from "~/lists/list-search";
import { pageInfo } from "~/lists/paging";
import type { Run } from "~/operations/run-history.server";
import type { Services } from "~/services.server";

/** Null when there is no such run. @throws DependencyError when PostgreSQL is away */
export async function presentRun(
  { env, runs }: Pick<Services, "env" | "runs">,
  id: string,
  wanted: RunParams,
) {
  if (!/^[1-9]\d{0,17}$/.test(id)) return null;
  const run = await runs.find(id);
  if (!run) return null;
  const { pageSize, reason } = wanted;
  const [neighbours, groups, counts] = await Promise.all([
    runs.neighbours(id),
    runs.errorGroups(id),
    runs.errorCounts(id, reason),
  ]);
  const errorsPage = pageInfo(counts.matching, { page: wanted.errorsPage, pageSize });
  const chosenPage = pageInfo(run.chosen, { page: wanted.targetsPage, pageSize });
  const [errors, chosen] = await Promise.all([
    runs.errors(id, reason, errorsPage),
    runs.chosen(id, chosenPage),
  ]);
  return {
    run,
    progress: progressOf(run, env.SYNC_LEASE_SECONDS),
    ...neighbours,
    /** Targets that failed in this run, still do, and can be retried. */
    retryable: counts.retryable,
    errors: {
      rows: errors,
      page: errorsPage,
      groups,
      /** How many are past their retention. */
      deleted: Math.max(0, run.failed - counts.recorded),
    },
    /** What became of each target that was chosen; null for a sync. */
    chosen: run.chosen === 0 ? null : { rows: chosen, page: chosenPage },
  };
}

export type RunPage = NonNullable<Awaited<ReturnType<typeof presentRun>>>;

/** Before that, the first targets of a run say nothing about the rest. */
const LEAST_SECONDS = 1;

function progressOf(run: Run, leaseSeconds: number) {
  const done = run.flushed + run.failed;
  const isActive = run.status === "running";
  /** Without a sign of life for the lease, the next run takes over. */
  const isStalled = isActive && run.ageSeconds > leaseSeconds;
  const canEstimate = isActive && !isStalled && run.seconds >= LEAST_SECONDS;
  return {
    done,
    isActive,
    isStalled,
    secondsLeft:
      canEstimate && run.targetsPerSecond !== null
        ? Math.max(0, run.total - done) / run.targetsPerSecond
        : null,
  };
}
