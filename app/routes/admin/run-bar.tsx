import { formatNumber } from "~/lib/format";
import type { RunView } from "~/routes/admin.runs._index/runs-table";

type RunCounts = Pick<RunView, "total" | "flushed" | "failed">;

function partsOf({ total, flushed, failed }: RunCounts) {
  return [
    { label: "saved", targets: flushed, color: "chart-success" },
    { label: "failed", targets: failed, color: "chart-danger" },
    { label: "left", targets: Math.max(0, total - flushed - failed), color: "chart-neutral" },
  ];
}

/** "90 saved, 10 failed, 300 left". */
export function runText(run: RunCounts): string {
  return partsOf(run)
    .filter(({ label, targets }) => targets > 0 || label === "saved")
    .map(({ label, targets }) => `${formatNumber(targets)} ${label}`)
    .join(", ");
}

/** What a run saved, what failed and what is left, in one bar. The same text is next to it or in its name. */
export function RunBar({ run, className = "h-2.5" }: { run: RunCounts; className?: string }) {
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
export function RunLegend({ run }: { run: RunCounts }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 tabular-nums">
      {partsOf(run).map(({ label, targets, color }) => (
        <li key={label} className="flex items-center gap-1.5">
          <span
            aria-hidden
            data-fill
            className="size-2.5 rounded-sm"
            style={{ backgroundColor: `rgb(var(--color-${color}))` }}
          />
          {formatNumber(targets)} {label}
        </li>
      ))}
    </ul>
  );
}
