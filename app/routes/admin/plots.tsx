import type { ReactNode } from "react";
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type XAxisProps,
  type YAxisProps,
} from "recharts";
import { formatDateTime, formatDay, formatDuration, formatNumber } from "~/lib/format";
import { runStatusLooks } from "./status-badge";
import type { PlotProps } from "~/ui/charts/chart-frame";
import { runColors, type DayViews, type RunViews } from "./chart-data";

/** What the charts have in common, in colours that follow the theme. */
function color(name: string): string {
  return `rgb(var(--color-${name}))`;
}

/** Two decimals, so that 1,050 does not stand as "1.1K" between 700 and 1,400. */
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
const lineCursor = { stroke: color("line-strong") };
const margin = { top: 8, right: 8, bottom: 0, left: 0 };

/** The size before the first measurement; without it recharts warns. */
const initialDimension = { width: 600, height: 200 };

export function ViewsPerDayPlot({ data, summary }: PlotProps<DayViews>) {
  return (
    <ResponsiveContainer initialDimension={initialDimension}>
      <BarChart data={data} margin={margin} role="img" aria-label={summary}>
        <CartesianGrid {...grid} />
        <XAxis {...xAxis} dataKey="day" tickFormatter={(day: string) => formatDay(day, "short")} />
        <YAxis {...yAxis} />
        <Tooltip
          cursor={cursor}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const row = rowOf<DayViews>(payload);
            if (!active || !row) return null;
            return (
              <TooltipBox title={formatDay(row.day)} facts={[["Views", formatNumber(row.views)]]} />
            );
          }}
        />
        <Bar
          dataKey="views"
          fill={color("chart-1")}
          radius={[3, 3, 0, 0]}
          maxBarSize={36}
          isAnimationActive={false}
        />
      </BarChart>
    </ResponsiveContainer>
  );
}

const SYNC_ID = "runs";
/** Holds "1 min 30 s"; the same for both, so that a run stands above its duration. */
const AXIS_WIDTH = 64;

/** Two plots over the same runs, because two axes in one suggest a relation that is only in the scales. */
export function RunsPlot({ data, summary }: PlotProps<RunViews>) {
  const bars = data.map((run) => ({ ...run, fill: color(runColors[run.status]) }));
  return (
    <div className="flex h-full flex-col">
      <div className="min-h-0 flex-[3]">
        <ResponsiveContainer initialDimension={initialDimension}>
          <BarChart data={bars} margin={margin} syncId={SYNC_ID} role="img" aria-label={summary}>
            <CartesianGrid {...grid} />
            <XAxis {...xAxis} dataKey="runId" tick={false} height={2} />
            <YAxis {...yAxis} width={AXIS_WIDTH} />
            <Tooltip
              cursor={cursor}
              isAnimationActive={false}
              allowEscapeViewBox={{ x: false, y: true }}
              wrapperStyle={{ zIndex: 1 }}
              content={({ active, payload }) => {
                const run = rowOf<RunViews>(payload);
                return active && run ? <RunTooltip run={run} /> : null;
              }}
            />
            {/* A run without views still shows its outcome. */}
            <Bar
              dataKey="views"
              minPointSize={4}
              radius={[3, 3, 0, 0]}
              maxBarSize={28}
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <p className="mt-1.5 text-xs text-ink-muted">Duration per run</p>
      <div className="min-h-0 flex-[2]">
        <ResponsiveContainer initialDimension={initialDimension}>
          <AreaChart
            data={data}
            margin={margin}
            syncId={SYNC_ID}
            role="img"
            aria-label="Duration of the same runs"
          >
            <CartesianGrid {...grid} />
            <XAxis {...xAxis} dataKey="runId" tickFormatter={(id: string) => `#${id}`} />
            <YAxis {...yAxis} width={AXIS_WIDTH} tickCount={3} tickFormatter={durationTick} />
            <Tooltip cursor={lineCursor} content={() => null} />
            <Area
              dataKey="durationMs"
              stroke={color("chart-1")}
              strokeWidth={1.5}
              fill={color("chart-1")}
              fillOpacity={0.12}
              isAnimationActive={false}
            />
          </AreaChart>
        </ResponsiveContainer>
      </div>
    </div>
  );
}

/** Recharts breaks a label at its spaces. */
function durationTick(milliseconds: number): string {
  return formatDuration(milliseconds).replaceAll(" ", "\u00a0");
}

function RunTooltip({ run }: { run: RunViews }) {
  return (
    <TooltipBox
      title={`Run #${run.runId}, ${formatDateTime(new Date(run.startedAt), { zone: "local" })}`}
      facts={[
        ["Outcome", runStatusLooks[run.status].label],
        ["Views", formatNumber(run.views)],
        ["Duration", run.durationMs === null ? "running" : formatDuration(run.durationMs)],
      ]}
    />
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
