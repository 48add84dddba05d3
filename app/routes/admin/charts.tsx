import { DateTime } from "~/ui/date-time";
import { Duration } from "~/ui/duration";
import { formatCount, formatDay, formatNumber } from "~/lib/format";
import { runColors, type DayViews, type RunViews } from "./chart-data";
import { runStatusLooks } from "./status-badge";
import { TextLink } from "~/ui/text-link";
import { ChartFigure, lazyPlot, type LegendEntry } from "~/ui/charts/chart-frame";

const ViewsPerDayPlot = lazyPlot<DayViews>(async () => (await import("./plots")).ViewsPerDayPlot);

/** Views by the UTC day on which they were flushed: of all topics, or the trend of one. Oldest first. */
export function ViewsPerDayChart({ data }: { data: DayViews[] }) {
  const summary = summariseDays(data);
  return (
    <ChartFigure
      summary={summary}
      unit="Views per day (UTC)"
      rows={data}
      rowKey={(row) => row.day}
      columns={[
        { label: "Day (UTC)", cell: (row) => formatDay(row.day) },
        { label: "Views", numeric: true, cell: (row) => formatNumber(row.views) },
      ]}
    >
      <ViewsPerDayPlot data={data} summary={summary} />
    </ChartFigure>
  );
}

function summariseDays(data: DayViews[]): string {
  const total = data.reduce((sum, { views }) => sum + views, 0);
  const best = data.reduce<DayViews | undefined>(
    (most, row) => (most && most.views >= row.views ? most : row),
    undefined,
  );
  if (!best || total === 0) return "Views per day: none yet";
  const days = formatCount(data.length, "day");
  return `Views per day: ${formatCount(total, "view")} in ${days}, the most on ${formatDay(best.day)} with ${formatNumber(best.views)}`;
}

const RunsPlot = lazyPlot<RunViews>(async () => (await import("./plots")).RunsPlot);

/** Views, duration and outcome of the last runs, oldest first. */
export function RunsChart({ data }: { data: RunViews[] }) {
  const summary = summariseRuns(data);
  return (
    <ChartFigure
      summary={summary}
      unit="Views per run"
      legend={legendOf(data)}
      rows={data.toReversed()}
      rowKey={(row) => row.runId}
      columns={[
        {
          label: "Run",
          cell: (row) => (
            <TextLink quiet to={`/admin/runs/${row.runId}`}>
              #{row.runId}
            </TextLink>
          ),
        },
        { label: "Started", cell: (row) => <DateTime value={row.startedAt} /> },
        { label: "Outcome", cell: (row) => runStatusLooks[row.status].label },
        { label: "Views", numeric: true, cell: (row) => formatNumber(row.views) },
        {
          label: "Duration",
          numeric: true,
          cell: (row) => <Duration milliseconds={row.durationMs} />,
        },
      ]}
    >
      <RunsPlot data={data} summary={summary} />
    </ChartFigure>
  );
}

/** Only the outcomes that occur; interrupted and partial runs share a colour, and so an entry. */
function legendOf(data: RunViews[]): LegendEntry[] {
  const byColor = new Map<string, Set<string>>();
  for (const { status } of data) {
    const labels = byColor.get(runColors[status]) ?? new Set();
    byColor.set(runColors[status], labels.add(runStatusLooks[status].label));
  }
  return [...byColor].map(([color, labels]) => ({ label: [...labels].join(", "), color }));
}

function summariseRuns(data: RunViews[]): string {
  if (data.length === 0) return "Runs: none yet";
  const total = data.reduce((sum, { views }) => sum + views, 0);
  const failed = data.filter(({ status }) => status === "failed" || status === "partial").length;
  const outcome = failed === 0 ? "none failed" : `${formatNumber(failed)} failed or were partial`;
  return `The last ${formatCount(data.length, "run")}: ${formatCount(total, "view")} flushed, ${outcome}`;
}
