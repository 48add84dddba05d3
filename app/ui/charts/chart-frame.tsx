import { Component, Suspense, lazy, type ComponentType, type ReactNode } from "react";
import { useHydrated } from "~/ui/use-hydrated";

interface ChartColumn<Row> {
  label: string;
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
}

export interface LegendEntry {
  label: string;
  /** A colour of the palette, "chart-1". */
  color: string;
}

/** A series of values, of which a plot draws one for each row. */
export interface Series extends LegendEntry {
  kind: "bars" | "line";
}

interface ChartFigureProps<Row> {
  /** One sentence about what the chart shows: its accessible name. */
  summary: string;
  /** The unit of the left axis, at its top: "Views". */
  unit: string;
  legend?: LegendEntry[];
  rows: Row[];
  rowKey: (row: Row) => string;
  columns: Array<ChartColumn<Row>>;
  children: ReactNode;
}

/** A chart with its unit, its legend and a table of the same numbers. */
export function ChartFigure<Row>({
  summary,
  unit,
  legend = [],
  rows,
  rowKey,
  columns,
  children,
}: ChartFigureProps<Row>) {
  return (
    <figure className="min-w-0">
      <figcaption className="sr-only">{summary}</figcaption>
      <div className="mb-1 flex min-h-5 flex-wrap items-center justify-between gap-x-4 gap-y-1 text-xs text-ink-muted">
        <span>{unit}</span>
        {legend.length > 0 && <Legend entries={legend} />}
      </div>
      {children}
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
                {columns.map(({ label, numeric }) => (
                  <th
                    key={label}
                    scope="col"
                    className={`px-3 py-1.5 font-medium ${numeric ? "text-right" : "text-left"}`}
                  >
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {rows.map((row) => (
                <tr key={rowKey(row)}>
                  {columns.map(({ label, numeric, cell }) => (
                    <td
                      key={label}
                      className={`px-3 py-1.5 ${numeric ? "text-right tabular-nums" : "text-left"}`}
                    >
                      {cell(row)}
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

function Legend({ entries }: { entries: LegendEntry[] }) {
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {entries.map(({ label, color }) => (
        <li key={label} className="flex items-center gap-1.5">
          <span
            aria-hidden
            data-fill
            className="size-2.5 rounded-sm"
            style={{ backgroundColor: `rgb(var(--color-${color}))` }}
          />
          {label}
        </li>
      ))}
    </ul>
  );
}

/** Pixels; the same before and after loading, so that the page does not jump. */
const PLOT_HEIGHT_PX = 240;

/** What every plot gets, with its data. */
export interface PlotProps<Row> {
  data: Row[];
  summary: string;
  series: Series[];
}

/**
 * Loads a plot, and recharts with it, only in the browser and only when a page shows one. If it cannot be
 * loaded, the page and the chart's table stay as they are.
 */
export function lazyPlot<Row>(
  load: () => Promise<ComponentType<PlotProps<Row>>>,
): ComponentType<PlotProps<Row>> {
  const Plot = lazy(async () => ({ default: await load() }));
  return function LazyPlot(props) {
    const placeholder = (
      <div
        aria-hidden
        className="h-full animate-pulse rounded-md bg-surface-muted motion-reduce:animate-none [@media(scripting:none)]:animate-none"
      />
    );
    return (
      // Until a plot has measured its container, it is wider than a phone; clipped, it does not widen the
      // page.
      <div className="overflow-x-clip print:break-inside-avoid" style={{ height: PLOT_HEIGHT_PX }}>
        {useHydrated() ? (
          <PlotBoundary>
            <Suspense fallback={placeholder}>
              <Plot {...props} />
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
        )}
      </div>
    );
  };
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
