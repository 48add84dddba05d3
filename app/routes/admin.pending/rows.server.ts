import type { FailedTarget } from "~/operations/failed-targets.server";
import type { PendingMember, Place } from "~/sync/redis/pending-members.server";
import { readTarget } from "~/sync/target";
import type { Services } from "~/services.server";

/** The views of a target in one place. A target that is in several places has a row for each. */
export interface PendingRow {
  /** Its printable name. */
  target: string;
  /** Null for what is not a topic. */
  topicId: string | null;
  place: Place;
  state: "waiting" | "in-batch" | "failing" | "parked";
  views: number;
  /** The topic's persisted views, and all its views wherever they are; null for what is not a topic. */
  persisted: number | null;
  total: number | null;
  /** Failed flushes in a row. */
  attempts: number;
  /** Why its last flush failed. */
  reason: string | null;
}

/**
 * Adds to members of Redis what PostgreSQL knows about them.
 * @throws DependencyError when PostgreSQL is away
 */
export async function pendingRows(
  { failures, topicViews }: Pick<Services, "failures" | "topicViews">,
  members: PendingMember[],
): Promise<PendingRow[]> {
  const topicIds = members.map(({ member }) => topicOf(member));
  const wanted = [...new Set(topicIds.filter((topicId) => topicId !== undefined))];
  const [failing, topics] = await Promise.all([
    failures.ofTargets([...new Set(members.map(({ target }) => target))]),
    wanted.length === 0 ? [] : topicViews.read(wanted),
  ]);
  const byId = new Map(topics.map((topic) => [topic.topicId, topic]));
  return members.map(({ target, place, views }, index) => {
    const topicId = topicIds[index];
    const topic = topicId === undefined ? undefined : byId.get(topicId);
    const failure = failing.get(target);
    return {
      target,
      topicId: topicId ?? null,
      place,
      state: stateOf(place, failure),
      views,
      persisted: topic?.baseViews ?? null,
      total: topic && !topic.degraded ? topic.uniqueViews : null,
      attempts: failure?.attempts ?? 0,
      reason: failure?.reason ?? null,
    };
  });
}

function topicOf(member: string | Buffer): string | undefined {
  if (typeof member !== "string") return undefined;
  const reading = readTarget(member);
  return reading.kind === "topic" ? reading.topicId : undefined;
}

function stateOf(place: Place, failure: FailedTarget | undefined): PendingRow["state"] {
  if (place === "parked") return "parked";
  if (place === "batch") return "in-batch";
  return failure && !failure.parked ? "failing" : "waiting";
}
