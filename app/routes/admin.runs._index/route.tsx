import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Duration } from "~/ui/duration";
import { EmptyState } from "~/ui/empty-state";
import { FilterSelect, FilterToggle } from "~/ui/filters";
import { Num } from "~/ui/num";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { leftOutWhenNarrow, NumTd, RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import { CsvLink } from "~/routes/admin/csv-link";
import { RunBar, runText, triggerText, type RunView } from "~/routes/admin/run-bar";
import { RunStatusBadge, runStatusLooks } from "~/routes/admin/status-badge";
import { TimeRangeFilter } from "~/ui/time-range-filter";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import {
  listDefaults,
  listSearch,
  parseListParams,
  runStatuses,
  runTriggers,
} from "~/lists/list-search";
import { requireUser } from "~/server/guards.server";
import { presentRuns } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Runs · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  return presentRuns(context.services, parseListParams("runs", new URL(request.url).searchParams));
}

const triggerLabels = { all: "Any", cron: "Cron", flush: "Flush", retry: "Retry" };

export default function RunsPage() {
  const { params, rows, page } = useLoaderData<typeof loader>();
  useLiveRefresh(5_000, { enabled: page.page === 1 });
  const search = listSearch("runs", { ...params, page: 1 });
  const isFiltered =
    search !== listSearch("runs", { ...listDefaults.runs, pageSize: params.pageSize });
  return (
    <>
      <PageHeader
        title="Runs"
        purpose="Every sync, with what it moved and what it could not."
        actions={<CsvLink to={`/admin/runs.csv${search}`} />}
      />
      <Card flush>
        <div className="flex flex-wrap items-center gap-x-5 gap-y-3 px-4 py-3 print:hidden sm:px-5">
          <FilterSelect
            label="Status"
            name="status"
            current={params.status}
            options={runStatuses.map((value) => ({
              value,
              label: value === "all" ? "Any" : runStatusLooks[value].label,
            }))}
          />
          <FilterSelect
            label="Trigger"
            name="trigger"
            current={params.trigger}
            options={runTriggers.map((value) => ({ value, label: triggerLabels[value] }))}
          />
          <FilterToggle
            label="Hide empty runs"
            name="empty"
            on={params.empty === "hide"}
            whenOn="hide"
          />
          <TimeRangeFilter label="Started" from={params.from} to={params.to} />
        </div>
        {rows.length === 0 ? (
          <NoRuns isFiltered={isFiltered} />
        ) : (
          <>
            <RunsTable rows={rows} />
            <Pagination info={page} noun="run" />
          </>
        )}
      </Card>
    </>
  );
}

function NoRuns({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState
      kind="nothing-matches"
      title="No run matches"
      action={<ButtonLink to="/admin/runs">Show all runs</ButtonLink>}
    />
  ) : (
    <EmptyState title="No sync has run yet">
      Let your cron call <code>POST /api/v1/forum/sync-views</code> every few minutes. Each call is
      listed here.
    </EmptyState>
  );
}

function RunsTable({ rows }: { rows: RunView[] }) {
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
            <NumTd label="Views" value={run.views} />
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
