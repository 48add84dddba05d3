/**
 * Ranks the topics of a period from two parts: sums over the days that are over, which never change and are kept,
 * and the views of today, which each sync changes.
 */

/** The views of a topic in a period, and in the one before. */
export interface TopicSum {
  topicId: string;
  views: number;
  previous: number;
}

export interface FinishedSums {
  /** Those with most views first: at most `MOST_KEPT`. */
  byViews: TopicSum[];
  /** Those that have grown most, in order. */
  byGrowth: TopicSum[];
  /** Whether the lists have every topic. */
  isComplete: boolean;
}

/** The sums over the days that syncs still change. */
export interface LiveSums {
  /** The topics with views on these days. */
  topicIds(): Iterable<string>;
  of(topicId: string): TopicSum;
}

export interface Ranking {
  /**
   * Topics with views in the period, most views first: all, or the first `REACHABLE` when there are too many.
   */
  topics: TopicSum[];
  /** Topics that have grown most, in order. */
  rising: TopicSum[];
  isComplete: boolean;
}

/**
 * The most topics whose sums over finished days are kept. A larger forum is ranked only as far as
 * `REACHABLE`.
 */
export const MOST_KEPT = 20_000;
export const MOST_KEPT_RISING = 1_000;
export const REACHABLE = 5_000;
const MOST_RISING = 10;

/**
 * Exact even where not all topics are kept: a topic that is not kept has at most as many views as the last
 * one that is, so it is looked up if today's views could lift it into the ranking.
 * @param lookUp reads the finished sums of topics that are not kept
 */
export async function rankTopics(
  finished: FinishedSums,
  live: LiveSums,
  lookUp: (topicIds: string[]) => Promise<TopicSum[]>,
): Promise<Ranking> {
  const known = new Map<string, TopicSum>();
  for (const sum of [...finished.byViews, ...finished.byGrowth]) {
    known.set(sum.topicId, withLive(sum, live));
  }
  const unknown: TopicSum[] = [];
  for (const topicId of live.topicIds()) {
    if (!known.has(topicId)) unknown.push(live.of(topicId));
  }
  const others = finished.isComplete
    ? unknown
    : (await lookUp(mayRise(finished, known, unknown))).map((sum) => withLive(sum, live));
  const all = [...known.values(), ...others];
  const viewed = all.filter(({ views }) => views > 0);
  const grown = all.filter((sum) => growthOf(sum) > 0);
  const isComplete = finished.isComplete && viewed.length <= MOST_KEPT;
  return {
    topics: greatest(viewed, isComplete ? viewed.length : REACHABLE, ({ views }) => views),
    rising: greatest(grown, MOST_RISING, growthOf),
    isComplete,
  };
}

/** The topics with the greatest values, in order. Most topics are left out before they are sorted. */
function greatest(sums: TopicSum[], most: number, valueOf: (sum: TopicSum) => number): TopicSum[] {
  const least = nth(sums.map(valueOf), most);
  return sums
    .filter((sum) => valueOf(sum) >= least)
    .sort((one, other) => valueOf(other) - valueOf(one) || byViews(one, other))
    .slice(0, most);
}

function mayRise(finished: FinishedSums, known: Map<string, TopicSum>, unknown: TopicSum[]) {
  const ranked = [...known.values()];
  const least = finished.byViews.at(-1)?.views ?? 0;
  const leastGrowth = growthOf(finished.byGrowth.at(-1));
  const views = nth(
    ranked.map((sum) => sum.views),
    REACHABLE,
  );
  const growth = nth(ranked.map(growthOf), MOST_RISING);
  return unknown
    .filter((sum) => least + sum.views > views || leastGrowth + growthOf(sum) > growth)
    .map(({ topicId }) => topicId);
}

/** The `place`th greatest value. */
function nth(values: number[], place: number): number {
  return Float64Array.from(values).sort().at(-place) ?? 0;
}

/** Finished sums of a topic with those of the days that syncs still change. */
export function withLive({ topicId, views, previous }: TopicSum, live: LiveSums): TopicSum {
  const sum = live.of(topicId);
  return { topicId, views: sum.views + views, previous: sum.previous + previous };
}

function growthOf(sum: TopicSum | undefined): number {
  return sum ? sum.views - sum.previous : 0;
}

function byViews(one: TopicSum, other: TopicSum): number {
  return other.views - one.views || (one.topicId < other.topicId ? -1 : 1);
}

/** From 1. Topics with equal views have the same rank; undefined for a topic that is not in the ranking. */
export function rankOf(topics: TopicSum[], topicId: string): number | undefined {
  const views = topics.find((topic) => topic.topicId === topicId)?.views;
  if (views === undefined) return undefined;
  return topics.findIndex((topic) => topic.views === views) + 1;
}
