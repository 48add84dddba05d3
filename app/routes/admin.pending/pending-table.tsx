import { HeldViews } from "~/routes/admin/held-views";
import { Num } from "~/ui/num";
import { RowCheckbox, SelectAllCheckbox } from "~/ui/row-selection";
import { PendingStateBadge } from "~/routes/admin/status-badge";
import { RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { RowSelection } from "~/ui/use-row-selection";
import type { PendingParams } from "~/lists/list-search";
import type { PendingRow } from "./rows.server";

export interface PendingTableProps {
  rows: PendingRow[];
  params: PendingParams;
  /** What this list can be sorted by. */
  sorts: readonly PendingParams["sort"][];
  parkAfter: number;
  /** Undefined for those who may only look. */
  selection: RowSelection | undefined;
  form: string;
}

export function PendingTable({
  rows,
  params,
  sorts,
  parkAfter,
  selection,
  form,
}: PendingTableProps) {
  const sort = { column: params.sort, direction: params.direction };
  const heading = (
    column: PendingParams["sort"],
    label: string,
    numeric: boolean,
    first: "asc" | "desc",
  ) =>
    sorts.includes(column) ? (
      <SortableTh column={column} sort={sort} numeric={numeric} first={first}>
        {label}
      </SortableTh>
    ) : (
      <Th numeric={numeric}>{label}</Th>
    );
  return (
    <Table label="Pending targets">
      <thead>
        <tr>
          {selection && (
            <Th className="w-8">
              <SelectAllCheckbox selection={selection} />
            </Th>
          )}
          {heading("target", "Target", false, "asc")}
          {heading("pending", "Pending", true, "desc")}
          {heading("persisted", "Persisted", true, "desc")}
          <Th numeric>Total</Th>
          <Th>State</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.place} ${row.target}`}>
            {selection && (
              <Td>
                <RowCheckbox selection={selection} id={row.target} form={form} />
              </Td>
            )}
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              {row.topicId === null ? (
                row.target
              ) : (
                <TextLink quiet to={`/admin/topics/${row.topicId}`}>
                  {row.target}
                </TextLink>
              )}
            </RowTh>
            <Td numeric>
              <HeldViews value={row.views} isAccepted={row.topicId !== null} />
            </Td>
            <Td numeric>{row.persisted === null ? "–" : <Num value={row.persisted} />}</Td>
            <Td numeric>{row.total === null ? "–" : <Num value={row.total} />}</Td>
            <Td className="min-w-44">
              <PendingStateBadge state={row.state} attempts={row.attempts} parkAfter={parkAfter} />
              {row.reason !== null && (
                <span className="mt-0.5 block text-xs text-ink-muted">{row.reason}</span>
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
