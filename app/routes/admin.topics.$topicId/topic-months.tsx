import { Card } from "~/ui/card";
import { formatMonth } from "~/lib/format";
import { Num } from "~/ui/num";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { TopicPage } from "./load.server";

/** All that the daily numbers remember, newest month first. */
export function TopicMonths({ months }: { months: TopicPage["months"] }) {
  return (
    <Card flush title="Views per month">
      <Table label="Views per month (UTC), newest first">
        <thead>
          <tr>
            <Th>Month (UTC)</Th>
            <Th numeric>Views</Th>
          </tr>
        </thead>
        <tbody>
          {months.toReversed().map(({ month, views }) => (
            <tr key={month}>
              <RowTh>{formatMonth(month)}</RowTh>
              <Td numeric>
                <Num value={views} />
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
