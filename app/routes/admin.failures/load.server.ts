import type { FailuresParams } from "~/lists/list-search";
import { pageInfo } from "~/lists/paging";
import type { Services } from "~/services.server";

/** @throws DependencyError when PostgreSQL is away */
export async function presentFailures(
  { env, failures }: Pick<Services, "env" | "failures">,
  wanted: FailuresParams,
) {
  const [matching, counts, groups] = await Promise.all([
    failures.totals(wanted),
    failures.counts(),
    failures.groups(wanted.search),
  ]);
  const page = pageInfo(matching.targets, wanted);
  const rows = await failures.list(wanted, page);
  const params = { ...wanted, page: page.page };
  return { params, parkAfter: env.SYNC_PARK_AFTER, matching, counts, groups, rows, page };
}
