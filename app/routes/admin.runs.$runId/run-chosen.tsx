import { Card } from "~/ui/card";
import { Pagination } from "~/ui/pagination";
import { TargetResultBadge } from "~/routes/admin/status-badge";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { RunDetailView } from "./load.server";

/** A retry or a flush of chosen targets: what became of each. */
export function RunChosen({ chosen }: { chosen: NonNullable<RunDetailView["chosen"]> }) {
  return (
    <Card flush title="Chosen targets" description="What became of each of them in this run">
      <Table label="Chosen targets and their results">
        <thead>
          <tr>
            <Th>Target</Th>
            <Th>Result</Th>
            <Th>Reason</Th>
          </tr>
        </thead>
        <tbody>
          {chosen.rows.map(({ target, result, reason }) => (
            <tr key={target}>
              <RowTh className="min-w-44 [overflow-wrap:anywhere]">{target}</RowTh>
              <Td>
                <TargetResultBadge result={result} />
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
