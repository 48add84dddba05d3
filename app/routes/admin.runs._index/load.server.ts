import type { RunsParams } from "~/lists/list-search";
import { pageInfo, type PageInfo } from "~/lists/paging";
import type { Services } from "~/services.server";
import { runView, type RunView } from "./run-view";

export interface RunListView {
  params: RunsParams;
  rows: RunView[];
  page: PageInfo;
  /** The id of the run that is active. */
  active: string | null;
}

/** Newest first. @throws DependencyError when PostgreSQL is away */
export async function presentRuns(
  { runs }: Pick<Services, "runs">,
  wanted: RunsParams,
): Promise<RunListView> {
  const [total, active] = await Promise.all([runs.count(wanted), runs.active()]);
  const page = pageInfo(total, wanted);
  const rows = await runs.list(wanted, { offset: page.offset, count: page.pageSize });
  return {
    params: { ...wanted, page: page.page },
    rows: rows.map(runView),
    page,
    active: active ?? null,
  };
}
