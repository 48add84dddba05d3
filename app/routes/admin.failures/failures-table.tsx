import { DateTime } from "~/ui/date-time";
import { HeldViews } from "~/routes/admin/held-views";
import { Num } from "~/ui/num";
import { RowCheckbox, SelectAllCheckbox } from "~/ui/row-selection";
import { PendingStateBadge } from "~/routes/admin/status-badge";
import { RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { RowSelection } from "~/ui/use-row-selection";
import type { FailuresParams } from "~/lists/list-search";
import type { FailureRow } from "./load.server";

/** The topic's page and the runs' pages have all of them. */
const SHOWN_RUNS = 3;

export interface FailuresTableProps {
  rows: FailureRow[];
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
          <Th numeric>Views at stake</Th>
          <SortableTh column="attempts" sort={sort} numeric>
            Attempts
          </SortableTh>
          <SortableTh column="firstSeen" sort={sort}>
            First seen
          </SortableTh>
          <SortableTh column="lastSeen" sort={sort}>
            Last seen
          </SortableTh>
          <Th>Failed in</Th>
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
              {row.target}
              <span className="mt-0.5 block text-xs font-normal text-ink-muted">{row.reason}</span>
            </RowTh>
            <Td>
              <PendingStateBadge
                state={row.parked ? "parked" : "failing"}
                attempts={row.attempts}
                parkAfter={parkAfter}
              />
            </Td>
            <Td numeric>
              {row.views === null ? (
                "–"
              ) : (
                <HeldViews value={row.views} isAccepted={row.accepted === row.views} />
              )}
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
              <ul className="flex min-w-36 flex-wrap gap-x-2">
                {[...new Set(row.runs.map(({ run }) => run))].slice(0, SHOWN_RUNS).map((run) => (
                  <li key={run}>
                    <TextLink
                      quiet
                      to={`/admin/runs/${run}`}
                      aria-label={`Run ${run}`}
                      className="inline-flex min-h-target min-w-target items-center"
                    >
                      #{run}
                    </TextLink>
                  </li>
                ))}
              </ul>
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
