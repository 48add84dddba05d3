import type { SerializeFrom } from "@remix-run/node";
import { DateTime } from "~/ui/date-time";
import { Duration } from "~/ui/duration";
import { formatCount } from "~/lib/format";
import { Num } from "~/ui/num";
import { RunBar, runText } from "~/routes/admin/run-bar";
import { RunStatusBadge } from "~/routes/admin/status-badge";
import { leftOutWhenNarrow, RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { Run } from "~/operations/run-history.server";

export type RunView = SerializeFrom<Run>;

export function RunsTable({ rows }: { rows: RunView[] }) {
  return (
    <Table label="Runs, newest first" stickyHead>
      <thead>
        <tr>
          <Th word="run">Run</Th>
          <Th>Status</Th>
          <Th>Started</Th>
          <Th>Trigger</Th>
          <Th>Targets saved, failed, left</Th>
          <Th numeric word="persisted">
            Views
          </Th>
          <Th numeric>Duration</Th>
          <Th numeric className={leftOutWhenNarrow}>
            Targets/s
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((run) => (
          <tr key={run.id}>
            <RowTh>
              <TextLink quiet to={`/admin/runs/${run.id}`}>
                #{run.id}
              </TextLink>
            </RowTh>
            <Td label="Status">
              <RunStatusBadge status={run.status} />
            </Td>
            <Td label="Started">
              <DateTime value={run.startedAt} precision="second" />
            </Td>
            <Td muted className="min-w-44 [overflow-wrap:anywhere]">
              {triggerText(run)}
            </Td>
            <Td className="min-w-40">
              {run.total > 0 && (
                <>
                  <span className="text-xs tabular-nums text-ink-muted">{runText(run)}</span>
                  <RunBar run={run} className="mt-1 h-2" />
                </>
              )}
            </Td>
            <Td numeric label="Views">
              <Num value={run.views} />
            </Td>
            <Td numeric label="Duration">
              <Duration milliseconds={run.finishedAt === null ? null : run.seconds * 1_000} />
            </Td>
            <Td numeric muted label="Targets/s" className={leftOutWhenNarrow}>
              {run.targetsPerSecond === null ? (
                "–"
              ) : (
                <Num value={Math.round(run.targetsPerSecond)} />
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** "Cron", or what an admin started, and which admin. */
export function triggerText({
  trigger,
  actor,
  chosen,
}: Pick<RunView, "trigger" | "actor" | "chosen">) {
  if (trigger === "cron") return "Cron";
  if (trigger === "retry") return `Retry of ${formatCount(chosen, "target")} by ${actor}`;
  return `Flush by ${actor}`;
}
