import type { RunsParams } from "~/lists/list-search";
import { pageInfo } from "~/lists/paging";
import type { Services } from "~/services.server";

/** Newest first. @throws DependencyError when PostgreSQL is away */
export async function presentRuns({ runs }: Services, wanted: RunsParams) {
  const page = pageInfo(await runs.count(wanted), wanted);
  return { params: wanted, rows: await runs.list(wanted, page), page };
}
