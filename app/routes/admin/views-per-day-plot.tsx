import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatDay, formatNumber } from "~/lib/format";
import type { PlotProps } from "~/ui/charts/lazy-plot";
import type { DayViews } from "./views-per-day-chart";
import {
  TooltipBox,
  color,
  cursor,
  grid,
  initialDimension,
  margin,
  rowOf,
  xAxis,
  yAxis,
} from "~/ui/charts/axes";

export default function ViewsPerDayPlot({ data, summary }: PlotProps<DayViews>) {
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
