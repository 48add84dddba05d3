import type { CsvColumn } from "~/lists/csv.server";
import type { PersistedTopic } from "~/stats/topic-list.server";
import type { Services } from "~/services.server";

const PAGE = 5_000;

export const topicsCsvColumns: Array<CsvColumn<PersistedTopic>> = [
  { header: "Topic", value: ({ topicId }) => topicId },
  { header: "Persisted views", value: ({ views }) => views },
  { header: "Last updated (UTC)", value: ({ lastUpdated }) => lastUpdated.toISOString() },
];

/**
 * Every topic that the search finds, by topic id whatever the list is sorted by: only that order can be
 * read on from where the last page ended, without sorting a million rows for each.
 * @throws DependencyError when PostgreSQL is away
 */
export async function* topicsCsvPages(
  { topics }: Pick<Services, "topics">,
  search: string,
): AsyncGenerator<PersistedTopic[]> {
  for (let last: string | undefined; ;) {
    const page = await topics.after(search, last, PAGE);
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    last = page.at(-1)?.topicId;
  }
}
