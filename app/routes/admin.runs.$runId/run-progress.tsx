import { RunBar, RunLegend, runText, type RunView } from "~/routes/admin/run-bar";
import { runStatusLooks } from "~/routes/admin/status-badge";
import { Card } from "~/ui/card";
import { formatCount, formatDuration, formatNumber } from "~/lib/format";

/**
 * The progress of a run by its committed chunks. It is read from the run's row, so a reload shows the same.
 */
export function RunProgress({ run }: { run: RunView }) {
  const isActive = run.finishedAt === null;
  if (!isActive && run.total === 0) return <Announcement run={run} />;
  return (
    <Card>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        {run.total === 0 ? (
          <p className="font-semibold">Claiming what is pending…</p>
        ) : (
          <RunLegend run={run} />
        )}
        <p className="tabular-nums text-ink-muted">{paceText(run)}</p>
      </div>
      {run.total === 0 ? (
        <div
          role="progressbar"
          aria-label="Claiming what is pending"
          className="h-2.5 animate-pulse rounded-full border border-line-strong/40 bg-accent-soft motion-reduce:animate-none"
        />
      ) : (
        <div
          role="progressbar"
          aria-label="Targets dealt with"
          aria-valuemin={0}
          aria-valuemax={run.total}
          aria-valuenow={run.flushed + run.failed}
          aria-valuetext={`${formatNumber(run.flushed + run.failed)} of ${formatCount(run.total, "target")}`}
        >
          <RunBar run={run} />
        </div>
      )}
      <Announcement run={run} />
      {run.status === "stalled" && (
        <p className="mt-2 text-warning-text">
          No sign of life for {formatDuration(run.ageSeconds * 1_000)}. The next sync takes over
          from here, and nothing is counted twice.
        </p>
      )}
      {isActive && run.stopRequestedBy !== null && (
        <p className="mt-2 text-warning-text">
          Stopping, as {run.stopRequestedBy} asked for: it ends behind the chunk that it is at.
        </p>
      )}
    </Card>
  );
}

/** Says how the run ended, for people who cannot see the bar. */
function Announcement({ run }: { run: RunView }) {
  const { label } = runStatusLooks[run.status];
  const why = run.error === null ? "" : `, ${run.error}`;
  return (
    <p className="sr-only" role="status">
      {run.finishedAt === null ? "" : `Run ended: ${label}${why}. ${runText(run)}.`}
    </p>
  );
}

/** In a run's first second, its progress says too little to estimate the rest. */
const LEAST_SECONDS = 1;

function paceText(run: RunView): string {
  const views = formatCount(run.views, "view");
  const took = formatDuration(run.seconds * 1_000);
  if (run.finishedAt !== null) return `${views} in ${took}`;
  const pace = run.targetsPerSecond;
  if (pace === null) return `${views}, ${took} so far`;
  const rate = `${views}, ${formatNumber(Math.round(pace))} targets/s`;
  if (run.status === "stalled" || run.seconds < LEAST_SECONDS) return rate;
  const left = Math.max(0, run.total - run.flushed - run.failed);
  return `${rate}, ${formatDuration((left / pace) * 1_000)} left`;
}
