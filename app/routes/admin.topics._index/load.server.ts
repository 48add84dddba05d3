import { pageInfo, type PageInfo } from "~/lists/paging";
import type { TopicsParams } from "~/lists/list-search";
import { rankedTopics, type WantedTopics } from "~/routes/admin/ranked-topics.server";
import { rankOf } from "~/stats/ranking";
import type { Services } from "~/services.server";

/** A page of a period's ranking, or of the topics in it that match a search. @throws DependencyError */
export async function presentTopics(
  services: Services,
  wanted: WantedTopics & Pick<TopicsParams, "page" | "pageSize">,
) {
  const { ranking, topics, total, isComplete } = await rankedTopics(services, wanted);
  const page: PageInfo = pageInfo(topics.length, wanted);
  if (!isComplete) page.hasMore = true;
  const shown = topics.slice(page.offset, page.offset + page.pageSize);
  const rows = await services.directory.named(shown);
  const rank = (topicId: string) => rankOf(ranking, topicId) ?? null;
  return { rows: rows.map((row) => ({ ...row, rank: rank(row.topicId) })), total, page };
}

export type TopicList = Awaited<ReturnType<typeof presentTopics>>;
