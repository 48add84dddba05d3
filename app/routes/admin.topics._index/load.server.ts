import type { TopicsParams } from "~/lists/list-search";
import type { PageInfo } from "~/lists/paging";
import type { Services } from "~/services.server";
import type { TopicName } from "~/stats/directory.server";

export interface TopicRow {
  topicId: string;
  /** Persisted views. */
  views: number;
  /** Views in Redis that are not persisted yet; null while Redis is away. */
  pending: number | null;
  /** ISO 8601: the last flush. */
  lastUpdated: string;
  /** Views of each of the last 30 UTC days, oldest first. */
  trend: number[];
  name: TopicName | null;
}

export interface TopicListView {
  params: TopicsParams;
  rows: TopicRow[];
  page: PageInfo;
  /**
   * Set where only that many of the matching rows can be paged to. Search, the other direction, or the
   * order by topic id lead to all of them.
   */
  reachable: number | null;
  redisAvailable: boolean;
}

type TopicsServices = Pick<Services, "directory" | "topicTrends" | "topicViews" | "topics">;

/** @throws DependencyError when PostgreSQL is away */
export async function presentTopics(
  { directory, topics, topicTrends, topicViews }: TopicsServices,
  wanted: TopicsParams,
): Promise<TopicListView> {
  const { topicIds, page, reachable } = await topics.page(wanted, wanted);
  const [views, trends] = await Promise.all([
    topicIds.length === 0 ? [] : topicViews.read(topicIds),
    topicTrends.days(topicIds),
  ]);
  const rows = views.flatMap(({ topicId, baseViews, degraded, overlayViews, lastUpdated }) => {
    // Removed since the page was listed.
    if (lastUpdated === null) return [];
    const trend = (trends.get(topicId) ?? []).map((day) => day.views);
    return [
      { topicId, views: baseViews, pending: degraded ? null : overlayViews, lastUpdated, trend },
    ];
  });
  return {
    params: { ...wanted, page: page.page },
    rows: await directory.named(rows),
    page,
    reachable: reachable ?? null,
    redisAvailable: !views.some((topic) => topic.degraded),
  };
}
