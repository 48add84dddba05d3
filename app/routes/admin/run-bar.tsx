import type { SerializeFrom } from "@remix-run/node";
import { formatCount, formatNumber } from "~/lib/format";
import type { Run } from "~/operations/run-history.server";
import { LegendItem } from "./legend-item";

export type RunView = SerializeFrom<Run>;

function partsOf({ total, flushed, failed }: RunView) {
  return [
    { label: "saved", targets: flushed, color: "chart-success" },
    { label: "failed", targets: failed, color: "chart-danger" },
    { label: "left", targets: Math.max(0, total - flushed - failed), color: "chart-neutral" },
  ];
}

/** "90 saved, 10 failed, 300 left". */
export function runText(run: RunView): string {
  return partsOf(run)
    .filter(({ label, targets }) => targets > 0 || label === "saved")
    .map(({ label, targets }) => `${formatNumber(targets)} ${label}`)
    .join(", ");
}

/** What a run saved, what failed and what is left, in one bar. The same text is next to it or in its name. */
export function RunBar({ run, className = "h-2.5" }: { run: RunView; className?: string }) {
  return (
    <div
      role="img"
      aria-label={runText(run)}
      title={runText(run)}
      className={`flex min-w-16 gap-px overflow-hidden rounded-full border border-line-strong/40 bg-surface-muted ${className}`}
    >
      {partsOf(run).map(
        ({ label, targets, color }) =>
          targets > 0 && (
            <div
              key={label}
              data-fill
              className="min-w-1"
              style={{ flexGrow: targets, backgroundColor: `rgb(var(--color-${color}))` }}
            />
          ),
      )}
    </div>
  );
}

/** What the colours of the bar mean, with the numbers. */
export function RunLegend({ run }: { run: RunView }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 tabular-nums">
      {partsOf(run).map(({ label, targets, color }) => (
        <LegendItem key={label} color={color}>
          {formatNumber(targets)} {label}
        </LegendItem>
      ))}
    </ul>
  );
}

/** "Cron", or what an admin started, and which admin. */
export function triggerText({ trigger, actor, chosen }: RunView): string {
  if (trigger === "cron") return "Cron";
  if (trigger === "retry") return `Retry of ${formatCount(chosen, "target")} by ${actor}`;
  return `Flush by ${actor}`;
}
