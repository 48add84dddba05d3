import type { PendingParams } from "~/lists/list-search";
import type { PendingMember } from "~/operations/pending-members.server";
import { whenAvailable } from "~/platform/available.server";
import type { Services } from "~/services.server";

/** Unavailable while Redis or PostgreSQL is away. */
export async function presentPending(services: Services, wanted: PendingParams) {
  const { books, failures, logger, pendingMembers } = services;
  const list = await whenAvailable(logger, async () => {
    const [{ members, page, sizes }, sums, kept] = await Promise.all([
      pendingMembers.page(wanted, wanted),
      wanted.search === "" ? books.read() : null,
      failures.counts(),
    ]);
    const rows = await pendingRows(services, members);
    /** The views of all members of each place. */
    const views = sums && { waiting: sums.overlay, batch: sums.batch };
    // PostgreSQL may keep failing views even when nothing is left in Redis.
    return { rows, page, sizes, views, failing: kept.failing.views, parked: kept.parked.views };
  });
  return { params: wanted, list };
}

/** Adds each topic's name, and its persisted and total views, as the API would answer them. */
export async function pendingRows({ directory, topicViews }: Services, members: PendingMember[]) {
  const topicIds = [...new Set(members.flatMap(({ topicId }) => topicId ?? []))];
  const topics = topicIds.length === 0 ? [] : await topicViews.read(topicIds);
  const byId = new Map(topics.map((topic) => [topic.topicId, topic]));
  const rows = members.map((member) => {
    const topic = member.topicId === null ? undefined : byId.get(member.topicId);
    return {
      ...member,
      persisted: topic?.baseViews ?? null,
      total: topic && !topic.degraded ? topic.uniqueViews : null,
    };
  });
  return directory.named(rows);
}

export type PendingRow = Awaited<ReturnType<typeof pendingRows>>[number];
