import { DatabaseZap } from "lucide-react";
import { Badge } from "~/ui/badge";
import { Num } from "~/ui/num";
import { RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TargetName } from "~/routes/admin/target-name";
import type { PendingParams } from "~/lists/list-search";
import type { PendingRow } from "./load.server";

/**
 * Marks views that something else wrote to Redis, under a name that no count uses: no total and no books
 * include them.
 */
function PendingViews({ views, topicId }: Pick<PendingRow, "views" | "topicId">) {
  if (topicId !== null) return <Num value={views} />;
  return (
    <span className="text-ink-muted" title="Not counted by this application, so in no total">
      <Num value={views} />
      <span className="sr-only">, in no total</span>
    </span>
  );
}

export function PendingTable({
  rows,
  direction,
}: {
  rows: PendingRow[];
  direction: PendingParams["direction"];
}) {
  return (
    <Table label="Pending targets" stickyHead>
      <thead>
        <tr>
          <Th word="target">Target</Th>
          <SortableTh column="views" sort={{ column: "views", direction }} numeric word="pending">
            Pending
          </SortableTh>
          <Th numeric word="persisted">
            Persisted
          </Th>
          <Th numeric word="accepted">
            Total
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ target, topicId, name, views, isTaken, persisted, total }) => (
          <tr key={target}>
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              <TargetName target={target} topicId={topicId} name={name} />
            </RowTh>
            <Td numeric label="Pending">
              {isTaken ? (
                <Badge tone="success" icon={DatabaseZap}>
                  In PostgreSQL
                </Badge>
              ) : (
                <PendingViews views={views} topicId={topicId} />
              )}
            </Td>
            <Td numeric label="Persisted">
              {persisted === null ? "–" : <Num value={persisted} />}
            </Td>
            <Td numeric label="Total">
              {total === null ? "–" : <Num value={total} />}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
