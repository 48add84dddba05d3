import type { ViewsOfDay, ViewsOfMonth } from "~/stats/topic-trends.server";
import type { TopicViews } from "~/counting/topic-views.server";
import { TOPIC_ID_PATTERN, topicTarget } from "~/sync/target";
import type { Services } from "~/services.server";
import { whenAvailable, type Available } from "~/platform/available.server";
import {
  failureView,
  runFailureView,
  type FailureView,
  type RunFailureView,
} from "~/routes/admin.failures/failure-view";

export interface TopicView {
  topicId: string;
  target: string;
  /** The same numbers as the API's: `degraded` while Redis is away. */
  views: TopicViews;
  /** Where the views are that are not persisted yet. */
  pending: Available<{ overlay: number; batch: number; parked: number }>;
  /** The last 30 UTC days, oldest first, by the day of the flush. */
  days: ViewsOfDay[];
  /** All months with views, oldest first. */
  months: ViewsOfMonth[];
  /** What is failing now; null when it is not. */
  failure: FailureView | null;
  /** The last runs in which it failed, newest first, whether or not it still does. */
  failedRuns: RunFailureView[];
  parkAfter: number;
}

type TopicServices = Pick<
  Services,
  "env" | "failures" | "logger" | "topicTrends" | "topicViews" | "tracker"
>;

/**
 * Null for a topic that nobody knows: neither persisted nor pending.
 * @throws DependencyError when PostgreSQL is away
 */
export async function presentTopic(
  { env, failures, logger, topicTrends, topicViews, tracker }: TopicServices,
  topicId: string,
): Promise<TopicView | null> {
  if (!TOPIC_ID_PATTERN.test(topicId)) return null;
  const target = topicTarget(topicId);
  const [[views], pending, days, months, failing, runs] = await Promise.all([
    topicViews.read([topicId]),
    whenAvailable(logger, async () => (await tracker.getPending([target])).targets[0]!),
    topicTrends.days([topicId]),
    topicTrends.months(topicId),
    failures.ofTargets([target]),
    failures.runsOf([target]),
  ]);
  if (!views) return null;
  const failure = failing.get(target);
  const failedRuns = runs.get(target) ?? [];
  const isKnown = views.lastUpdated !== null || views.overlayViews > 0 || failure !== undefined;
  // While Redis is away, a topic without persisted views may still be pending there.
  if (!isKnown && !views.degraded) return null;
  return {
    topicId,
    target,
    views,
    pending,
    days: days.get(topicId) ?? [],
    months,
    failure: failure ? failureView(failure, failedRuns) : null,
    failedRuns: failedRuns.map(runFailureView),
    parkAfter: env.SYNC_PARK_AFTER,
  };
}
