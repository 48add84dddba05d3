import type { ReactNode } from "react";

export interface ChartColumn<Row> {
  label: string;
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
}

export interface LegendEntry {
  label: string;
  /** A colour of the palette, "chart-1". */
  color: string;
}

export interface ChartFigureProps<Row> {
  /** One sentence with what the chart shows: the name of the picture. */
  summary: string;
  /** The unit of the left axis, at its top: "Views". */
  unit: string;
  legend?: LegendEntry[];
  rows: Row[];
  rowKey: (row: Row) => string;
  columns: Array<ChartColumn<Row>>;
  children: ReactNode;
}

/** A chart with its unit, its legend and the table that says the same. */
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
