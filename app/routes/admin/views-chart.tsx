import type { Days, Unit } from "~/stats/period";
import { formatCount, formatDay, formatDays, formatMonth, formatNumber } from "~/lib/format";
import { ChartFigure, lazyPlot, type Series } from "~/ui/charts/chart-frame";
import { TextLink } from "~/ui/text-link";
import { runsOf, type ViewsRow } from "./chart-data";

const ViewsPlot = lazyPlot(async () => (await import("./plots")).ViewsPlot);

const units: Record<Unit, string> = { day: "Day", week: "Week", month: "Month" };

/** One bar for each day, week or month, by the UTC day of the flush, and lines for what it is compared with. */
export function ViewsChart({
  unit,
  rows,
  series,
}: {
  unit: Unit;
  rows: ViewsRow[];
  series: Series[];
}) {
  const summary = summarise(unit, rows, series);
  return (
    <ChartFigure
      summary={summary}
      unit={`Views per ${unit} (UTC)`}
      legend={series.length > 1 ? series : []}
      rows={rows}
      rowKey={(row) => row.from}
      columns={[
        {
          label: `${units[unit]} (UTC)`,
          cell: (row) => (
            <TextLink quiet to={runsOf(row)}>
              {labelOf(unit, row)}
            </TextLink>
          ),
        },
        ...series.map(({ label }, index) => ({
          label,
          numeric: true,
          cell: (row: ViewsRow) => formatNumber(row.views[index] ?? 0),
        })),
      ]}
    >
      <ViewsPlot
        data={rows.map((row) => ({ ...row, label: labelOf(unit, row) }))}
        summary={summary}
        series={series}
      />
    </ChartFigure>
  );
}

function labelOf(unit: Unit, { from, to }: Days): string {
  if (unit === "day") return formatDay(from);
  return unit === "month" ? formatMonth(from.slice(0, "2026-11".length)) : formatDays({ from, to });
}

function summarise(unit: Unit, rows: ViewsRow[], series: Series[]): string {
  const texts = series.map(({ label }, index) => {
    const views = rows.map((row) => row.views[index] ?? 0);
    const total = views.reduce((sum, count) => sum + count, 0);
    if (total === 0) return `${label}: none`;
    const best = views.indexOf(Math.max(...views));
    return `${label}: ${formatCount(total, "view")}, the most ${labelOf(unit, rows[best]!)} with ${formatNumber(views[best]!)}`;
  });
  return `Views per ${unit}. ${texts.join(". ")}`;
}
