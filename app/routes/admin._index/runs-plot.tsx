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
} from "recharts";
import { formatDateTime, formatDuration, formatNumber } from "~/lib/format";
import { runStatusLooks } from "~/routes/admin/status-badge";
import type { PlotProps } from "~/ui/charts/lazy-plot";
import { runColors, type RunViews } from "./runs-chart";
import {
  TooltipBox,
  color,
  cursor,
  grid,
  initialDimension,
  lineCursor,
  margin,
  rowOf,
  xAxis,
  yAxis,
} from "~/ui/charts/axes";

const SYNC_ID = "runs";
/** Holds "1 min 30 s"; the same for both, so that a run stands above its duration. */
const AXIS_WIDTH = 64;

/** Two plots over the same runs, because two axes in one suggest a relation that is only in the scales. */
export default function RunsPlot({ data, summary }: PlotProps<RunViews>) {
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
