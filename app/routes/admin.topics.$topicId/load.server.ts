import { TOPIC_ID_PATTERN, topicTarget } from "~/sync/target";
import type { Services } from "~/services.server";
import { whenAvailable } from "~/platform/available.server";

type TopicServices = Pick<
  Services,
  | ("directory" | "env" | "failures" | "logger" | "pendingMembers")
  | ("runs" | "topicTrends" | "topicViews" | "tracker")
>;

/**
 * Null for a topic that nobody knows: neither persisted nor pending.
 * @throws DependencyError when PostgreSQL is away
 */
export async function presentTopic(services: TopicServices, topicId: string) {
  if (!TOPIC_ID_PATTERN.test(topicId)) return null;
  const { directory, env, failures, logger, runs, topicTrends, topicViews } = services;
  const target = topicTarget(topicId);
  const [[views], names, pending, days, months, failure, failedRuns] = await Promise.all([
    topicViews.read([topicId]),
    directory.names([topicId]),
    whenAvailable(logger, () => readPending(services, target)),
    topicTrends.days([topicId]),
    topicTrends.months(topicId),
    failures.find(target),
    runs.failuresOf(target),
  ]);
  if (!views) return null;
  const isKnown = views.lastUpdated !== null || views.overlayViews > 0 || failure !== undefined;
  // While Redis is away, a topic without persisted views may still be pending there.
  if (!isKnown && !views.degraded) return null;
  return {
    topicId,
    name: names.get(topicId) ?? null,
    target,
    /** The same numbers as the API's: `degraded` while Redis is away. */
    views,
    /** Where the views are that are not persisted yet; those that PostgreSQL keeps are in `failure`. */
    pending,
    /** The last 30 UTC days, oldest first, by the day of the flush. */
    days: days.get(topicId) ?? [],
    /** All months with views, oldest first. */
    months,
    /** Null when it is not failing now. */
    failure: failure ?? null,
    /** The last runs in which it failed, newest first, whether or not it still does. */
    failedRuns,
    parkAfter: env.SYNC_PARK_AFTER,
  };
}

export type TopicPage = NonNullable<Awaited<ReturnType<typeof presentTopic>>>;

async function readPending({ pendingMembers, tracker }: TopicServices, target: string) {
  const { openBatch, targets } = await tracker.getPending([target]);
  const { overlay, batch } = targets[0]!;
  const isTaken =
    batch > 0 &&
    openBatch !== undefined &&
    (await pendingMembers.taken(openBatch, [target])).has(target);
  return { overlay, batch: isTaken ? 0 : batch };
}
