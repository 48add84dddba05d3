import { useNavigate } from "@remix-run/react";
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatDay, formatNumber } from "~/lib/format";

/** Values of which the plot draws one for each row. */
export interface Series {
  label: string;
  /** A colour of the palette, "chart-1". */
  color: string;
  kind: "bars" | "line";
}

/** One bar, or one point of each line. */
export interface PlotRow {
  /** The first of its days. */
  from: string;
  /** The name of its days. */
  label: string;
  /** The page about its days. */
  to: string;
  /** The views of each series. */
  views: number[];
}

/** Colours follow the theme. */
function color(name: string): string {
  return `rgb(var(--color-${name}))`;
}

/** Two decimals, so that 1,050 is not shown as "1.1K" between 700 and 1,400. */
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

const tick = { fontSize: 11, fill: color("ink-muted") };
const axisLine = { stroke: color("line") };
const cursor = { fill: color("surface-muted"), stroke: "none" };
const margin = { top: 8, right: 8, bottom: 0, left: 0 };

/** The size before the first measurement. Without it, recharts logs a warning. */
const initialDimension = { width: 600, height: 200 };

/** Patterns that tell lines apart without their colours. */
const dashes = ["", "6 3", "2 3", "8 3 2 3", "12 4"];

export function ViewsPlot({
  rows,
  summary,
  series,
}: {
  rows: PlotRow[];
  summary: string;
  series: Series[];
}) {
  const navigate = useNavigate();
  return (
    <ResponsiveContainer initialDimension={initialDimension}>
      <ComposedChart data={rows} margin={margin} role="img" aria-label={summary}>
        <CartesianGrid stroke={color("line")} vertical={false} />
        <XAxis
          dataKey="from"
          tickFormatter={(day: string) => formatDay(day, "short")}
          tick={tick}
          tickLine={false}
          axisLine={axisLine}
          interval="equidistantPreserveStart"
          minTickGap={24}
          tickMargin={6}
        />
        <YAxis
          tickFormatter={(value: number) => compact.format(value)}
          tick={tick}
          tickLine={false}
          axisLine={false}
          width={44}
          allowDecimals={false}
        />
        <Tooltip
          cursor={cursor}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const row = payload[0]?.payload as PlotRow | undefined;
            return active && row && <TooltipBox row={row} series={series} />;
          }}
        />
        {series.map(({ label, kind, color: name }, index) =>
          kind === "bars" ? (
            <Bar
              key={label}
              cursor="pointer"
              onClick={(_bar, place) => navigate(rows[place]!.to)}
              dataKey={(row: PlotRow) => row.views[index]}
              fill={color(name)}
              radius={[3, 3, 0, 0]}
              maxBarSize={36}
              isAnimationActive={false}
            />
          ) : (
            <Line
              key={label}
              dataKey={(row: PlotRow) => row.views[index]}
              stroke={color(name)}
              strokeWidth={2}
              strokeDasharray={dashes[index]}
              dot={rows.length === 1}
              isAnimationActive={false}
            />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function TooltipBox({ row, series }: { row: PlotRow; series: Series[] }) {
  return (
    <div className="rounded-md border border-line-strong/50 bg-surface px-3 py-2 text-xs shadow-md">
      <p className="font-medium">{row.label}</p>
      <dl className="mt-1 space-y-0.5">
        {series.map(({ label }, index) => (
          <div key={label} className="flex justify-between gap-4">
            <dt className="text-ink-muted">{label}</dt>
            <dd className="font-medium tabular-nums">{formatNumber(row.views[index] ?? 0)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
