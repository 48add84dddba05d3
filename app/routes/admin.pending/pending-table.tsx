import { DatabaseZap } from "lucide-react";
import { HeldViews } from "~/routes/admin/held-views";
import { Badge } from "~/ui/badge";
import { Num } from "~/ui/num";
import { RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { Direction } from "~/lists/list-search";
import type { PendingRow } from "./load.server";

export function PendingTable({ rows, direction }: { rows: PendingRow[]; direction: Direction }) {
  return (
    <Table label="Pending targets">
      <thead>
        <tr>
          <Th>Target</Th>
          <SortableTh column="views" sort={{ column: "views", direction }} numeric>
            Pending
          </SortableTh>
          <Th numeric>Persisted</Th>
          <Th numeric>Total</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ target, topicId, views, isTaken, persisted, total }) => (
          <tr key={target}>
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              {topicId === null ? (
                target
              ) : (
                <TextLink quiet to={`/admin/topics/${topicId}`}>
                  {target}
                </TextLink>
              )}
            </RowTh>
            <Td numeric>
              {isTaken ? (
                <Badge tone="success" icon={DatabaseZap}>
                  In PostgreSQL
                </Badge>
              ) : (
                <HeldViews value={views} isAccepted={topicId !== null} />
              )}
            </Td>
            <Td numeric>{persisted === null ? "–" : <Num value={persisted} />}</Td>
            <Td numeric>{total === null ? "–" : <Num value={total} />}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
