import type { CsvColumn } from "~/lists/csv.server";
import type { TopicName } from "~/stats/directory.server";
import type { Period } from "~/stats/period";
import type { TopicSum } from "~/stats/ranking";
import { rankedTopics, type WantedTopics } from "~/routes/admin/ranked-topics.server";
import type { Services } from "~/services.server";

const PAGE = 1_000;

interface CsvRow extends TopicSum {
  name: TopicName | null;
}

export function topicsCsvColumns({ previous }: Period): Array<CsvColumn<CsvRow>> {
  const columns: Array<CsvColumn<CsvRow>> = [
    { header: "Topic", value: ({ topicId }) => topicId },
    { header: "Title", value: ({ name }) => name?.title ?? null },
    { header: "Category", value: ({ name }) => name?.category ?? null },
    { header: "Address", value: ({ name }) => name?.url ?? null },
    { header: "Views", value: ({ views }) => views },
  ];
  if (previous) columns.push({ header: "Views before", value: (row) => row.previous });
  return columns;
}

/**
 * A period's ranking, or the topics in it that match a search. If the ranking does not have all topics, a
 * last row has the views of the others, so that the sum is the total.
 * @throws DependencyError when PostgreSQL is away
 */
export async function* topicsCsvPages(
  services: Services,
  wanted: WantedTopics,
): AsyncGenerator<CsvRow[]> {
  const { topics, total, previousTotal, isComplete } = await rankedTopics(services, wanted);
  for (let start = 0; start < topics.length; start += PAGE) {
    yield await services.directory.named(topics.slice(start, start + PAGE));
  }
  if (isComplete || wanted.search !== "") return;
  const sum = (part: "views" | "previous") => topics.reduce((all, row) => all + row[part], 0);
  const others = { views: total - sum("views"), previous: previousTotal - sum("previous") };
  yield [{ topicId: "", name: otherTopics, ...others }];
}

const otherTopics = { title: "All other topics", url: null, category: null, hidden: false };
