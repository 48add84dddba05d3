import { Change } from "~/routes/admin/change";
import type { ShownPeriod } from "~/routes/admin/period-control";
import { TopicName } from "~/routes/admin/topic-name";
import { formatNumber, formatShare } from "~/lib/format";
import { Num } from "~/ui/num";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { TopicList } from "./load.server";

export function TopicsTable({
  rows,
  total,
  period: { isCompared },
  search,
}: Pick<TopicList, "rows" | "total"> & {
  period: ShownPeriod;
  /** The query of links to topics, with the same period. */
  search: string;
}) {
  return (
    <Table label="Topics by their views in the period">
      <thead>
        <tr>
          <Th numeric>Rank</Th>
          <Th>Topic</Th>
          <Th>Category</Th>
          <Th numeric>Views</Th>
          {isCompared && <Th numeric>Change</Th>}
          <Th numeric>Share</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ topicId, name, rank, views, previous }) => (
          <tr key={topicId}>
            <Td numeric muted>
              {rank === null ? "–" : formatNumber(rank)}
            </Td>
            <RowTh className="min-w-44">
              <TopicName {...{ topicId, name, search }} />
            </RowTh>
            <Td muted>
              <bdi>{name?.category ?? "–"}</bdi>
            </Td>
            <Td numeric>
              <Num value={views} />
            </Td>
            {isCompared && (
              <Td numeric className="text-xs">
                <Change views={views} previous={previous} />
              </Td>
            )}
            <Td numeric muted>
              {formatShare(total === 0 ? 0 : views / total)}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
