import type { TopicsParams } from "~/lists/list-search";
import type { Period } from "~/stats/period";
import type { Moment } from "~/stats/live-days.server";
import type { TopicSum } from "~/stats/ranking";
import type { Services } from "~/services.server";

/** The most topics that a search shows. */
const MOST_FOUND = 100;

export interface WantedTopics extends Pick<TopicsParams, "search" | "category"> {
  moment: Moment;
  period: Period;
}

/** A period's ranking, or the topics in it that match a search, by views. @throws DependencyError */
export async function rankedTopics(
  { directory, periodViews }: Services,
  { moment, period, search, category: wanted }: WantedTopics,
) {
  const category = wanted === "" ? undefined : wanted;
  const [{ topics: ranking, isComplete }, { total, previousTotal = 0 }, found] = await Promise.all([
    periodViews.ranking(moment, period, category),
    periodViews.days(moment, period, category),
    search === "" ? undefined : directory.search(search, MOST_FOUND),
  ]);
  const totals = { ranking, total, previousTotal };
  if (!found) return { ...totals, topics: ranking, isComplete };
  const named = await directory.named(found.map((topicId) => ({ topicId })));
  const ids = named
    .filter(({ name }) => category === undefined || name?.category === category)
    .map(({ topicId }) => topicId);
  // The directory does not have every topic that has views, so ids are also looked for in the ranking.
  const text = search.trim().toLowerCase();
  const known = ranking.filter(
    ({ topicId }) => ids.includes(topicId) || topicId.toLowerCase().includes(text),
  );
  const inRanking = new Set(known.map(({ topicId }) => topicId));
  const unknown = ids.filter((topicId) => !inRanking.has(topicId));
  const topics = [...known, ...(await periodViews.sumsOf(moment, period, unknown))];
  topics.sort((one, other) => exactness(other) - exactness(one) || other.views - one.views);
  return { ...totals, topics, isComplete: isComplete && found.length < MOST_FOUND };

  function exactness({ topicId }: TopicSum): number {
    return Number(topicId === search.trim());
  }
}
