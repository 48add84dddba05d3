import type { RunParams } from "~/lists/list-search";
import { pageInfo } from "~/lists/paging";
import type { Services } from "~/services.server";

/** Null when there is no such run. @throws DependencyError when PostgreSQL is away */
export async function presentRun({ directory, runs }: Services, id: string, wanted: RunParams) {
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
    runs.errors(id, reason, errorsPage).then((rows) => directory.named(rows)),
    runs.chosen(id, chosenPage).then((rows) => directory.named(rows)),
  ]);
  return {
    run,
    ...neighbours,
    /** How many targets failed in this run, are still failing, and can be retried. */
    retryable: counts.retryable,
    errors: {
      rows: errors,
      page: errorsPage,
      groups,
      /** How many errors were deleted because they were past their retention. */
      deleted: Math.max(0, run.failed - counts.recorded),
    },
    /** The outcome of each chosen target; null for a sync. */
    chosen: run.chosen === 0 ? null : { rows: chosen, page: chosenPage },
  };
}

export type RunPage = NonNullable<Awaited<ReturnType<typeof presentRun>>>;
