import { Sparkline } from "~/ui/charts/sparkline";
import { DateTime } from "~/ui/date-time";
import { formatCount } from "~/lib/format";
import { Num } from "~/ui/num";
import { RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TopicName } from "~/routes/admin/topic-name";
import type { TopicsParams } from "~/lists/list-search";
import type { TopicRow } from "./load.server";

export function TopicsTable({ rows, params }: { rows: TopicRow[]; params: TopicsParams }) {
  const sort = { column: params.sort, direction: params.direction };
  return (
    <Table label="Topics and their persisted views">
      <thead>
        <tr>
          <SortableTh column="topicId" sort={sort} first="asc">
            Topic
          </SortableTh>
          <SortableTh column="views" sort={sort} numeric>
            Persisted
          </SortableTh>
          <Th numeric>Pending</Th>
          <Th>Last 30 days</Th>
          <SortableTh column="lastUpdated" sort={sort}>
            Last flush
          </SortableTh>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ topicId, name, views, pending, lastUpdated, trend }) => (
          <tr key={topicId}>
            <RowTh className="min-w-44">
              <TopicName topicId={topicId} name={name} />
            </RowTh>
            <Td numeric>
              <Num value={views} />
            </Td>
            <Td numeric muted>
              {pending === null ? "–" : <Num value={pending} />}
            </Td>
            <Td>
              <Sparkline values={trend} label={trendLabel(topicId, trend)} />
            </Td>
            <Td muted>
              <DateTime value={lastUpdated} relative />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function trendLabel(topicId: string, trend: number[]): string {
  const sum = trend.reduce((total, views) => total + views, 0);
  return `Topic ${topicId}: ${formatCount(sum, "view")} flushed in the last 30 days`;
}
