import type { SerializeFrom } from "@remix-run/node";
import { Card } from "~/ui/card";
import { Num } from "~/ui/num";
import { Pagination } from "~/ui/pagination";
import { TargetName } from "~/routes/admin/target-name";
import { TargetResultBadge } from "~/routes/admin/status-badge";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { RunPage } from "./load.server";

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
              <Td numeric label="Views">
                {views === null ? "–" : <Num value={views} />}
              </Td>
              <Td muted>{reason}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
      <Pagination info={chosen.page} noun="target" name="targetsPage" />
    </Card>
  );
}
