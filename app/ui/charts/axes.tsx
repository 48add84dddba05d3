import type { ReactNode } from "react";
import type { XAxisProps, YAxisProps } from "recharts";

/** What the charts have in common, in colours that follow the theme. */
export function color(name: string): string {
  return `rgb(var(--color-${name}))`;
}

/** Two decimals, so that 1,050 does not stand as "1.1K" between 700 and 1,400. */
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

const tick = { fontSize: 11, fill: color("ink-muted") };

export const xAxis: XAxisProps = {
  tick,
  tickLine: false,
  axisLine: { stroke: color("line") },
  interval: "equidistantPreserveStart",
  minTickGap: 24,
  tickMargin: 6,
};

export const yAxis: YAxisProps = {
  tick,
  tickLine: false,
  axisLine: false,
  width: 44,
  allowDecimals: false,
  tickFormatter: (value: number) => compact.format(value),
};

export const grid = { stroke: color("line"), vertical: false };
export const cursor = { fill: color("surface-muted"), stroke: "none" };
export const lineCursor = { stroke: color("line-strong") };
export const margin = { top: 8, right: 8, bottom: 0, left: 0 };

/** The size before the first measurement; without it recharts warns. */
export const initialDimension = { width: 600, height: 200 };

export function TooltipBox({
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
export function rowOf<Row>(payload: ReadonlyArray<{ payload?: unknown }>): Row | undefined {
  return payload[0]?.payload as Row | undefined;
}
