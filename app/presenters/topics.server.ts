import type { TopicsParams } from "~/http/list-search";
import { pageInfo, type PageInfo } from "~/http/paging";
import { DEEPEST_SORTED_ROW } from "~/modules/topic-stats/topic-list.server";
import type { Services } from "~/services.server";

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

type TopicsServices = Pick<Services, "topicTrends" | "topicViews" | "topics">;

/** @throws DependencyError when PostgreSQL is away */
export async function presentTopics(
  { topics, topicTrends, topicViews }: TopicsServices,
  wanted: TopicsParams,
): Promise<TopicListView> {
  const isByIndex = wanted.sort === "topicId" && wanted.search === "";
  const reachable = isByIndex ? undefined : DEEPEST_SORTED_ROW;
  const readPage = (page: number) =>
    topics.list(wanted, {
      offset: (Math.min(page, deepestPage(wanted.pageSize, reachable)) - 1) * wanted.pageSize,
      count: wanted.pageSize,
    });
  const [total, first] = await Promise.all([topics.count(wanted.search), readPage(wanted.page)]);
  const page = pageInfo(total, wanted, reachable);
  const found = page.page < wanted.page ? await readPage(page.page) : first;

  const topicIds = found.map(({ topicId }) => topicId);
  const [views, trends] = await Promise.all([
    topicIds.length === 0 ? [] : topicViews.read(topicIds),
    topicTrends.days(topicIds),
  ]);
  const rows = found.map(({ topicId, lastUpdated }, index): TopicRow => {
    const read = views[index]!;
    return {
      topicId,
      views: read.baseViews,
      pending: read.degraded ? null : read.overlayViews,
      lastUpdated: read.lastUpdated ?? lastUpdated.toISOString(),
      trend: (trends.get(topicId) ?? []).map((day) => day.views),
    };
  });
  return {
    params: { ...wanted, page: page.page },
    rows,
    page,
    reachable: reachable !== undefined && total > reachable ? reachable : null,
    redisAvailable: !views.some((topic) => topic.degraded),
  };
}

function deepestPage(pageSize: number, reachable: number | undefined): number {
  return reachable === undefined ? Infinity : Math.max(1, Math.ceil(reachable / pageSize));
}
