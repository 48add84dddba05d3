import type { PendingParams } from "~/lists/list-search";
import type { PageInfo } from "~/lists/paging";
import type { Services } from "~/services.server";
import { whenAvailable, type Available } from "~/platform/available.server";
import { pendingRows, type PendingRow } from "./rows.server";

export interface PendingListView {
  params: PendingParams;
  /** Failed flushes in a row after which a target is parked. */
  parkAfter: number;
  /** Unavailable while Redis (or PostgreSQL) is away. */
  list: Available<{
    rows: PendingRow[];
    page: PageInfo;
    /** Accepted views of everything that matches. */
    views: number;
    /** What this list can be sorted by; the others would mean to read everything that is pending. */
    sorts: readonly PendingParams["sort"][];
    /** Rows of the whole list by place, whatever the filter. */
    places: { waiting: number; batch: number; parked: number };
    failing: number;
  }>;
}

type PendingServices = Pick<
  Services,
  "env" | "failures" | "logger" | "pendingList" | "pendingMembers" | "topicViews"
>;

export async function presentPending(
  services: PendingServices,
  wanted: PendingParams,
): Promise<PendingListView> {
  const { env, failures, logger, pendingList, pendingMembers } = services;
  let params = wanted;
  const list = await whenAvailable(logger, async () => {
    const [found, places, counts] = await Promise.all([
      pendingList.page(wanted, wanted),
      pendingMembers.sizes(),
      failures.counts(),
    ]);
    const { page, views, sorts } = found;
    const sort = sorts.includes(wanted.sort) ? wanted.sort : "pending";
    params = { ...wanted, sort, page: page.page };
    const rows = await pendingRows(services, found.members);
    return { rows, page, views, sorts, places, failing: counts.failing };
  });
  return { params, parkAfter: env.SYNC_PARK_AFTER, list };
}
