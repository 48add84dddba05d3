import { formatCount, formatDay, formatNumber } from "~/lib/format";
import { ChartFigure } from "~/ui/charts/chart-figure";
import { lazyPlot } from "~/ui/charts/lazy-plot";

export interface DayViews {
  /** A UTC day, "2025-11-22". */
  day: string;
  views: number;
}

const Plot = lazyPlot<DayViews>(() => import("./views-per-day-plot"));

/** Views by the UTC day on which they were flushed: of all topics, or the trend of one. Oldest first. */
export function ViewsPerDayChart({ data }: { data: DayViews[] }) {
  const summary = summarise(data);
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
      <Plot data={data} summary={summary} />
    </ChartFigure>
  );
}

function summarise(data: DayViews[]): string {
  const total = data.reduce((sum, { views }) => sum + views, 0);
  const best = data.reduce<DayViews | undefined>(
    (most, row) => (most && most.views >= row.views ? most : row),
    undefined,
  );
  if (!best || total === 0) return "Views per day: none yet";
  const days = formatCount(data.length, "day");
  return `Views per day: ${formatCount(total, "view")} in ${days}, the most on ${formatDay(best.day)} with ${formatNumber(best.views)}`;
}
