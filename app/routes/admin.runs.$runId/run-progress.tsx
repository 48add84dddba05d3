import clsx from "clsx";
import { Card } from "~/ui/card";
import { formatCount, formatDuration, formatNumber, formatPercent } from "~/lib/format";
import type { RunView } from "~/routes/admin.runs._index/runs-table";
import type { RunPage } from "./load.server";

type Progress = RunPage["progress"];

/** The committed chunks of a run. Read from its row, so a reload shows the same. */
export function RunProgress({ run, progress }: { run: RunView; progress: Progress }) {
  const { total } = run;
  const { done, isActive, isStalled } = progress;
  if (!isActive && total === 0) return null;
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const hasLeft = run.failed > 0 || done < total;
  const color = isActive ? "bg-accent" : hasLeft ? "bg-chart-warning" : "bg-chart-success";
  const text = `${formatNumber(done)} of ${formatCount(total, "target")}`;
  return (
    <Card>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <p className="font-semibold tabular-nums">
          {total === 0 ? "Claiming what is pending…" : text}
          {total > 0 && (
            <span className="ml-2 font-normal text-ink-muted">{formatPercent(share)}</span>
          )}
          {run.failed > 0 && (
            <span className="ml-2 font-normal text-danger-text">
              {formatNumber(run.failed)} failed
            </span>
          )}
        </p>
        <p className="tabular-nums text-ink-muted">{paceText(run, progress)}</p>
      </div>
      <div
        role="progressbar"
        aria-label="Targets dealt with"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        aria-valuetext={text}
        className="h-2.5 overflow-hidden rounded-full border border-line-strong/40 bg-surface-muted"
      >
        <div
          data-fill
          className={clsx("h-full rounded-full transition-[width] duration-500", color)}
          style={{ width: `${share * 100}%` }}
        />
      </div>
      <p className="sr-only" role="status">
        {isActive ? "" : `Run ended: ${text}`}
      </p>
      {isStalled && (
        <p className="mt-2 text-warning-text">
          No sign of life for {formatDuration(run.ageSeconds * 1_000)}. The next sync takes over
          from here, and nothing is counted twice.
        </p>
      )}
    </Card>
  );
}

function paceText(run: RunView, progress: Progress): string {
  const views = formatCount(run.views, "view");
  if (!progress.isActive) return `${views} in ${formatDuration(run.seconds * 1_000)}`;
  const rate =
    run.targetsPerSecond === null
      ? ""
      : `, ${formatNumber(Math.round(run.targetsPerSecond))} targets/s`;
  const left =
    progress.secondsLeft === null ? "" : `, ${formatDuration(progress.secondsLeft * 1_000)} left`;
  return `${views}${rate}${left}`;
}
