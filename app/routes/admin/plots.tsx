import { useNavigate } from "@remix-run/react";
import type { ReactNode } from "react";
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type XAxisProps,
  type YAxisProps,
} from "recharts";
import { formatDay, formatNumber } from "~/lib/format";
import type { PlotProps } from "~/ui/charts/chart-frame";
import { runsOf, type ViewsRow } from "./chart-data";

/** What the charts have in common, in colours that follow the theme. */
function color(name: string): string {
  return `rgb(var(--color-${name}))`;
}

/** Two decimals, so that 1,050 is not shown as "1.1K" between 700 and 1,400. */
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

const tick = { fontSize: 11, fill: color("ink-muted") };

const xAxis: XAxisProps = {
  tick,
  tickLine: false,
  axisLine: { stroke: color("line") },
  interval: "equidistantPreserveStart",
  minTickGap: 24,
  tickMargin: 6,
};

const yAxis: YAxisProps = {
  tick,
  tickLine: false,
  axisLine: false,
  width: 44,
  allowDecimals: false,
  tickFormatter: (value: number) => compact.format(value),
};

const grid = { stroke: color("line"), vertical: false };
const cursor = { fill: color("surface-muted"), stroke: "none" };
const margin = { top: 8, right: 8, bottom: 0, left: 0 };

/** The size before the first measurement. Without it, recharts logs a warning. */
const initialDimension = { width: 600, height: 200 };

/** Patterns that tell lines apart without their colours. */
const dashes = ["", "6 3", "2 3", "8 3 2 3", "12 4"];

export function ViewsPlot({ data, summary, series }: PlotProps<ViewsRow>) {
  const navigate = useNavigate();
  return (
    <ResponsiveContainer initialDimension={initialDimension}>
      <ComposedChart data={data} margin={margin} role="img" aria-label={summary}>
        <CartesianGrid {...grid} />
        <XAxis {...xAxis} dataKey="from" tickFormatter={(day: string) => formatDay(day, "short")} />
        <YAxis {...yAxis} />
        <Tooltip
          cursor={cursor}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const row = rowOf<ViewsRow>(payload);
            if (!active || !row) return null;
            const facts = series.map(({ label }, index): [string, string] => [
              label,
              formatNumber(row.views[index] ?? 0),
            ]);
            return <TooltipBox title={row.label ?? formatDay(row.from)} facts={facts} />;
          }}
        />
        {series.map(({ label, kind, color: name }, index) =>
          kind === "bars" ? (
            <Bar
              key={label}
              cursor="pointer"
              onClick={(_bar, place) => navigate(runsOf(data[place]!))}
              dataKey={(row: ViewsRow) => row.views[index]}
              fill={color(name)}
              radius={[3, 3, 0, 0]}
              maxBarSize={36}
              isAnimationActive={false}
            />
          ) : (
            <Line
              key={label}
              dataKey={(row: ViewsRow) => row.views[index]}
              stroke={color(name)}
              strokeWidth={2}
              strokeDasharray={dashes[index]}
              dot={data.length === 1}
              isAnimationActive={false}
            />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function TooltipBox({
  title,
  facts,
}: {
  title: ReactNode;
  facts: Array<[label: string, value: ReactNode]>;
}) {
  return (
    <div className="rounded-md border border-line-strong/50 bg-surface px-3 py-2 text-xs shadow-md">
      <p className="font-medium">{title}</p>
      <dl className="mt-1 space-y-0.5">
        {facts.map(([label, value]) => (
          <div key={label} className="flex justify-between gap-4">
            <dt className="text-ink-muted">{label}</dt>
            <dd className="font-medium tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The row under the pointer, from what recharts hands to a tooltip. */
function rowOf<Row>(payload: ReadonlyArray<{ payload?: unknown }>): Row | undefined {
  return payload[0]?.payload as Row | undefined;
}
