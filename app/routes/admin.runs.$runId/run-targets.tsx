import type { SerializeFrom } from "@remix-run/node";
import { useSearchParams } from "@remix-run/react";
import { Badge } from "~/ui/badge";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { FilterSelect } from "~/ui/filters";
import { formatNumber } from "~/lib/format";
import { Pagination } from "~/ui/pagination";
import { NumTd, RowTh, Table, Td, Th } from "~/ui/table";
import { TargetResultBadge } from "~/routes/admin/status-badge";
import { TargetName } from "~/routes/admin/topic-name";
import { WholeReason } from "~/routes/admin/whole-reason";
import type { RunPage } from "./load.server";

/** The targets that failed in a run, and whether they are still failing. */
export function RunErrors({
  run,
  errors,
}: {
  run: string;
  errors: SerializeFrom<RunPage["errors"]>;
}) {
  const [params] = useSearchParams();
  const all = errors.groups.reduce((sum, { targets }) => sum + targets, 0);
  return (
    <Card
      flush
      title="Failed targets"
      description="PostgreSQL keeps their views until they are flushed or discarded"
    >
      <div className="px-4 py-3 sm:px-5">
        <FilterSelect
          label="Reason"
          name="reason"
          current={params.get("reason") ?? ""}
          options={[
            { value: "", label: `Any (${formatNumber(all)})` },
            ...errors.groups.map(({ reason, targets }) => ({
              value: reason,
              label: `${reason} (${formatNumber(targets)})`,
            })),
          ]}
        />
      </div>
      <Table label="Failed targets">
        <thead>
          <tr>
            <Th>Target</Th>
            <Th numeric>Views</Th>
            <Th>Reason</Th>
            <Th>When</Th>
            <Th>Now</Th>
          </tr>
        </thead>
        <tbody>
          {errors.rows.map(
            ({ target, topicId, name, views, reason, isCut, at, isStillFailing }) => (
              <tr key={`${target} ${at}`}>
                <RowTh className="min-w-44 [overflow-wrap:anywhere]">
                  <TargetName target={target} topicId={topicId} name={name} />
                </RowTh>
                <NumTd label="Views" value={views} />
                <Td className="min-w-48 [overflow-wrap:anywhere]">
                  {reason}
                  {isCut && <WholeReason search={{ run, target }} />}
                </Td>
                <Td muted label="When">
                  <DateTime value={at} precision="second" />
                </Td>
                <Td>
                  {isStillFailing ? (
                    <Badge tone="warning">Still failing</Badge>
                  ) : (
                    <Badge>Settled</Badge>
                  )}
                </Td>
              </tr>
            ),
          )}
        </tbody>
      </Table>
      <Pagination info={errors.page} noun="failure" name="errorsPage" />
    </Card>
  );
}

/** The outcome of each target of a retry. */
export function RunChosen({ chosen }: { chosen: SerializeFrom<NonNullable<RunPage["chosen"]>> }) {
  return (
    <Card flush title="Chosen targets" description="What became of each of them in this run">
      <Table label="Chosen targets and their results">
        <thead>
          <tr>
            <Th>Target</Th>
            <Th>Result</Th>
            <Th numeric>Views</Th>
            <Th>Reason</Th>
          </tr>
        </thead>
        <tbody>
          {chosen.rows.map(({ target, topicId, name, result, views, reason }) => (
            <tr key={target}>
              <RowTh className="min-w-44 [overflow-wrap:anywhere]">
                <TargetName target={target} topicId={topicId} name={name} />
              </RowTh>
              <Td>
                <TargetResultBadge result={result} />
              </Td>
              <NumTd label="Views" value={views} />
              <Td muted>{reason}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
      <Pagination info={chosen.page} noun="target" name="targetsPage" />
    </Card>
  );
}
