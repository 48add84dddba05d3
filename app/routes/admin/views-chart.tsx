import { Component, Suspense, lazy, type ReactNode } from "react";
import { formatCount, formatDay, formatDays, formatMonth, formatNumber } from "~/lib/format";
import type { Days, Unit } from "~/stats/period";
import { TextLink } from "~/ui/text-link";
import { useHydrated } from "~/ui/use-hydrated";
import { LegendItem } from "./legend-item";
import type { PlotRow, Series } from "./views-plot";

/** One bar of the chart, or one point of each of its lines, with the views of each series. */
interface ViewsRow extends Days {
  views: number[];
}

interface ViewsChartProps {
  unit: Unit;
  rows: ViewsRow[];
  series: Series[];
}

/** Pixels; the same before and after loading, so that the page does not jump. */
const PLOT_HEIGHT_PX = 240;

const units: Record<Unit, string> = { day: "Day", week: "Week", month: "Month" };

/**
 * One bar for each day, week or month, by the UTC day of the flush, and lines for what it is compared with: a
 * plot with its unit and its legend, and a table of the same numbers.
 */
export function ViewsChart({ unit, rows: ofDays, series }: ViewsChartProps) {
  const rows = ofDays.map(({ from, to, views }) => ({
    from,
    label: labelOf(unit, { from, to }),
    // The list of runs that began on these days.
    to: `/admin/runs?from=${from}T00:00Z&to=${to}T23:59Z`,
    views,
  }));
  const summary = summarise(unit, rows, series);
  return (
    <figure className="min-w-0">
      <figcaption className="sr-only">{summary}</figcaption>
      <div className="mb-1 flex min-h-5 flex-wrap items-center justify-between gap-x-4 gap-y-1 text-xs text-ink-muted">
        <span>Views per {unit} (UTC)</span>
        {series.length > 1 && <Legend series={series} />}
      </div>
      {/* Until a plot has measured its container, it is wider than a phone; clipped, it does not widen the page. */}
      <div className="overflow-x-clip print:break-inside-avoid" style={{ height: PLOT_HEIGHT_PX }}>
        <LazyPlot rows={rows} summary={summary} series={series} />
      </div>
      <details className="group mt-2">
        <summary className="inline-flex min-h-target cursor-pointer items-center rounded-sm text-xs font-medium text-ink-muted hover:text-ink">
          <span className="group-open:hidden">Show as table</span>
          <span className="hidden group-open:inline">Hide table</span>
        </summary>
        <div
          role="region"
          aria-label={`Table: ${summary}`}
          tabIndex={0}
          className="relative mt-1 max-h-72 overflow-auto rounded-md border"
        >
          <table className="w-full text-xs">
            <thead className="sticky top-0 bg-surface-muted text-ink-muted">
              <tr>
                <th scope="col" className="px-3 py-1.5 text-left font-medium">
                  {units[unit]} (UTC)
                </th>
                {series.map(({ label }) => (
                  <th key={label} scope="col" className="px-3 py-1.5 text-right font-medium">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {rows.map(({ from, label: days, to, views }) => (
                <tr key={from}>
                  <td className="px-3 py-1.5 text-left">
                    <TextLink quiet to={to}>
                      {days}
                    </TextLink>
                  </td>
                  {series.map(({ label }, index) => (
                    <td key={label} className="px-3 py-1.5 text-right tabular-nums">
                      {formatNumber(views[index] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function labelOf(unit: Unit, { from, to }: Days): string {
  if (unit === "day") return formatDay(from);
  return unit === "month" ? formatMonth(from.slice(0, "2026-11".length)) : formatDays({ from, to });
}

function summarise(unit: Unit, rows: PlotRow[], series: Series[]): string {
  const texts = series.map(({ label }, index) => {
    const views = rows.map((row) => row.views[index] ?? 0);
    const total = views.reduce((sum, count) => sum + count, 0);
    if (total === 0) return `${label}: none`;
    const best = views.indexOf(Math.max(...views));
    return `${label}: ${formatCount(total, "view")}, the most ${rows[best]!.label} with ${formatNumber(views[best]!)}`;
  });
  return `Views per ${unit}. ${texts.join(". ")}`;
}

function Legend({ series }: { series: Series[] }) {
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {series.map(({ label, color }) => (
        <LegendItem key={label} color={color}>
          {label}
        </LegendItem>
      ))}
    </ul>
  );
}

const ViewsPlot = lazy(async () => ({ default: (await import("./views-plot")).ViewsPlot }));

/**
 * Loads the plot, and recharts with it, only in the browser and only when a page shows one. If it cannot be
 * loaded, the page and the chart's table stay as they are.
 */
function LazyPlot(props: { rows: PlotRow[]; summary: string; series: Series[] }) {
  const placeholder = (
    <div
      aria-hidden
      className="h-full animate-pulse rounded-md bg-surface-muted motion-reduce:animate-none [@media(scripting:none)]:animate-none"
    />
  );
  return useHydrated() ? (
    <PlotBoundary>
      <Suspense fallback={placeholder}>
        <ViewsPlot {...props} />
      </Suspense>
    </PlotBoundary>
  ) : (
    <>
      {placeholder}
      <noscript>
        <p className="relative -mt-32 text-center text-xs text-ink-muted">
          The chart needs JavaScript. The table below has the same numbers.
        </p>
      </noscript>
    </>
  );
}

class PlotBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <p className="flex h-full items-center justify-center rounded-md bg-surface-muted px-4 text-center text-xs text-ink-muted">
        The chart could not be loaded. The table below has the same numbers.
      </p>
    );
  }
}
