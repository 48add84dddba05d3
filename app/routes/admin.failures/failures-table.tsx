import type { SerializeFrom } from "@remix-run/node";
import { Form } from "@remix-run/react";
import type { ReactNode } from "react";
import { RetryAndDiscard } from "~/routes/admin/retry-and-discard";
import { WholeReason } from "~/routes/admin/whole-reason";
import { FailureBadge } from "~/routes/admin/status-badge";
import { TargetName } from "~/routes/admin/topic-name";
import { DateTime } from "~/ui/date-time";
import { RowCheckbox, SelectAllCheckbox } from "~/ui/row-selection";
import { leftOutWhenNarrow, NumTd, RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { RowSelection } from "~/ui/use-row-selection";
import type { FailuresParams } from "~/lists/list-search";
import type { TopicName } from "~/stats/directory.server";
import { topicText } from "~/stats/topic-text";
import type { FailedTarget, KeptSums } from "~/operations/failed-targets.server";

export type FailureRow = SerializeFrom<FailedTarget & { name: TopicName | null }>;

/** The sums of these rows, shown before an action on them. */
export function sumsOf(rows: FailureRow[]): KeptSums {
  const sums = { targets: rows.length, views: 0, withoutTopic: 0, unacceptedViews: 0 };
  for (const { topicId, views } of rows) {
    sums[topicId === null ? "unacceptedViews" : "views"] += views;
    if (topicId === null) sums.withoutTopic += 1;
  }
  return sums;
}

export interface FailuresTableProps {
  rows: FailureRow[];
  params: FailuresParams;
  parkAfter: number;
  /** Undefined for those who may only look. `filter` has hidden fields with the filter of the page. */
  acting: { selection: RowSelection; form: string; filter: ReactNode } | undefined;
}

export function FailuresTable({ rows, params, parkAfter, acting }: FailuresTableProps) {
  const sort = { column: params.sort, direction: params.direction };
  return (
    <Table label="Failing and parked targets" stickyHead>
      <thead>
        <tr>
          {acting && (
            <Th className="w-8">
              <SelectAllCheckbox selection={acting.selection} />
            </Th>
          )}
          <SortableTh column="target" sort={sort} first="asc">
            Target
          </SortableTh>
          <Th word="parked">State</Th>
          <SortableTh column="views" sort={sort} numeric word="failing">
            Views kept
          </SortableTh>
          <SortableTh column="attempts" sort={sort} numeric>
            Attempts
          </SortableTh>
          <SortableTh column="firstSeen" sort={sort} className={leftOutWhenNarrow}>
            First seen
          </SortableTh>
          <SortableTh column="lastSeen" sort={sort}>
            Last seen
          </SortableTh>
          <Th>Run</Th>
          {acting && <Th>Act</Th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.target}>
            {acting && (
              <Td>
                <RowCheckbox selection={acting.selection} id={row.target} form={acting.form} />
              </Td>
            )}
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              <TargetName {...row} />
              <span className="mt-0.5 block text-xs font-normal text-ink-muted">
                {row.reason}
                {row.isCut && <WholeReason search={{ target: row.target }} />}
                {row.topicId === null &&
                  ". No topic can have this name: its views are in no total, and can only be discarded."}
              </span>
            </RowTh>
            <Td label="State">
              <FailureBadge {...row} parkAfter={parkAfter} />
            </Td>
            <NumTd label="Views kept" value={row.views} />
            <NumTd label="Attempts" value={row.attempts} />
            <Td muted label="First seen" className={leftOutWhenNarrow}>
              <DateTime value={row.firstAt} relative />
            </Td>
            <Td muted label="Last seen">
              <DateTime value={row.lastAt} relative />
            </Td>
            <Td label="Run">
              <TextLink
                quiet
                to={`/admin/runs/${row.run}`}
                aria-label={`Run ${row.run}`}
                className="inline-flex min-h-target min-w-target items-center"
              >
                #{row.run}
              </TextLink>
            </Td>
            {acting && (
              <Td>
                <Form method="post" preventScrollReset className="inline-flex gap-1">
                  {acting.filter}
                  <input type="hidden" name="target" value={row.target} />
                  <RetryAndDiscard sums={sumsOf([row])} row={topicText(row.target, row.name)} />
                </Form>
              </Td>
            )}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
