import type { FailuresParams } from "~/lists/list-search";
import { pageInfo } from "~/lists/paging";
import type { KeptSums } from "~/operations/failed-targets.server";
import type { Services } from "~/services.server";

/** @throws DependencyError when PostgreSQL is away */
export async function presentFailures(
  { directory, env, failures }: Services,
  wanted: FailuresParams,
) {
  const [counts, groups] = await Promise.all([failures.counts(wanted), failures.groups(wanted)]);
  const all = sumOf(counts.failing, counts.parked);
  const matching = wanted.state === "all" ? all : counts[wanted.state];
  const page = pageInfo(matching.targets, wanted);
  const rows = await directory.named(await failures.list(wanted, page));
  const params = { ...wanted, page: page.page };
  return { params, parkAfter: env.SYNC_PARK_AFTER, matching, all, counts, groups, rows, page };
}

function sumOf(one: KeptSums, other: KeptSums): KeptSums {
  return {
    targets: one.targets + other.targets,
    views: one.views + other.views,
    withoutTopic: one.withoutTopic + other.withoutTopic,
    unacceptedViews: one.unacceptedViews + other.unacceptedViews,
  };
}
