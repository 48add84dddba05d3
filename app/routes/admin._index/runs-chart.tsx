import { TextLink } from "~/ui/text-link";
import { DateTime } from "~/ui/date-time";
import { Duration } from "~/ui/duration";
import { formatCount, formatNumber } from "~/lib/format";
import { runStatusLooks, type RunStatus } from "~/routes/admin/status-badge";
import { ChartFigure, type LegendEntry } from "~/ui/charts/chart-figure";
import { lazyPlot } from "~/ui/charts/lazy-plot";

export interface RunViews {
  runId: string;
  /** ISO 8601. */
  startedAt: string;
  views: number;
  /** Null while it runs. */
  durationMs: number | null;
  status: RunStatus;
}

export const runColors: Record<RunStatus, string> = {
  running: "chart-2",
  succeeded: "chart-success",
  partial: "chart-warning",
  failed: "chart-danger",
  interrupted: "chart-warning",
  empty: "chart-neutral",
};

const Plot = lazyPlot<RunViews>(() => import("./runs-plot"));

/** Views, duration and outcome of the last runs, oldest first. */
export function RunsChart({ data }: { data: RunViews[] }) {
  const summary = summarise(data);
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
      <Plot data={data} summary={summary} />
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

function summarise(data: RunViews[]): string {
  if (data.length === 0) return "Runs: none yet";
  const total = data.reduce((sum, { views }) => sum + views, 0);
  const failed = data.filter(({ status }) => status === "failed" || status === "partial").length;
  const outcome = failed === 0 ? "none failed" : `${formatNumber(failed)} failed or were partial`;
  return `The last ${formatCount(data.length, "run")}: ${formatCount(total, "view")} flushed, ${outcome}`;
}
