import type { SerializeFrom } from "@remix-run/node";
import { DateTime } from "~/ui/date-time";
import { Num } from "~/ui/num";
import { RowCheckbox, SelectAllCheckbox } from "~/ui/row-selection";
import { FailureBadge } from "~/routes/admin/status-badge";
import { RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { RowSelection } from "~/ui/use-row-selection";
import type { FailuresParams } from "~/lists/list-search";
import type { FailedTarget } from "~/operations/failed-targets.server";

export interface FailuresTableProps {
  rows: Array<SerializeFrom<FailedTarget>>;
  params: FailuresParams;
  parkAfter: number;
  /** Undefined for those who may only look. */
  selection: RowSelection | undefined;
  form: string;
}

export function FailuresTable({ rows, params, parkAfter, selection, form }: FailuresTableProps) {
  const sort = { column: params.sort, direction: params.direction };
  return (
    <Table label="Failing and parked targets">
      <thead>
        <tr>
          {selection && (
            <Th className="w-8">
              <SelectAllCheckbox selection={selection} />
            </Th>
          )}
          <SortableTh column="target" sort={sort} first="asc">
            Target
          </SortableTh>
          <Th>State</Th>
          <SortableTh column="views" sort={sort} numeric>
            Views kept
          </SortableTh>
          <SortableTh column="attempts" sort={sort} numeric>
            Attempts
          </SortableTh>
          <SortableTh column="firstSeen" sort={sort}>
            First seen
          </SortableTh>
          <SortableTh column="lastSeen" sort={sort}>
            Last seen
          </SortableTh>
          <Th>Run</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.target}>
            {selection && (
              <Td>
                <RowCheckbox selection={selection} id={row.target} form={form} />
              </Td>
            )}
            <RowTh className="min-w-56 [overflow-wrap:anywhere]">
              {row.topicId === null ? (
                row.target
              ) : (
                <TextLink quiet to={`/admin/topics/${row.topicId}`}>
                  {row.target}
                </TextLink>
              )}
              <span className="mt-0.5 block text-xs font-normal text-ink-muted">
                {row.reason}
                {row.topicId === null && ". No topic can have this name: it can only be discarded."}
              </span>
            </RowTh>
            <Td>
              <FailureBadge {...row} parkAfter={parkAfter} />
            </Td>
            <Td numeric>
              <Num value={row.views} />
            </Td>
            <Td numeric>
              <Num value={row.attempts} />
            </Td>
            <Td muted>
              <DateTime value={row.firstAt} relative />
            </Td>
            <Td muted>
              <DateTime value={row.lastAt} relative />
            </Td>
            <Td>
              <TextLink
                quiet
                to={`/admin/runs/${row.run}`}
                aria-label={`Run ${row.run}`}
                className="inline-flex min-h-target min-w-target items-center"
              >
                #{row.run}
              </TextLink>
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
