import { Change } from "~/routes/admin/change";
import type { ShownPeriod } from "~/routes/admin/period-control";
import { ViewsChart } from "~/routes/admin/views-chart";
import { EmptyState } from "~/ui/empty-state";
import { formatCount, formatDays, formatNumber } from "~/lib/format";
import type { Available } from "~/platform/available.server";
import type { presentTotal } from "./load.server";

/** The views of the period, in total and by day. */
export function PeriodTotal({
  total: views,
  period,
}: {
  total: Available<Awaited<ReturnType<typeof presentTotal>>>;
  period: ShownPeriod;
}) {
  if (!views.available) {
    return <p className="text-ink-muted">They cannot be read at the moment: {views.reason}.</p>;
  }
  const { total, previousTotal, withoutDay, days, unit, bars } = views;
  if (total === 0 && previousTotal === 0) {
    return (
      <EmptyState title="No views in this period">
        Views appear here after the sync that flushes them. Let the cron call{" "}
        <code>POST /api/v1/forum/sync-views</code>, or flush now.
      </EmptyState>
    );
  }
  const { isCompared } = period;
  return (
    <>
      <p className="mb-4 flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="text-3xl font-semibold tabular-nums tracking-tight">
          {formatNumber(total)}
        </span>
        <span>{total === 1 ? "view" : "views"}</span>
        {isCompared && <Change views={total} previous={previousTotal} />}
        <span className="text-xs text-ink-muted">
          {isCompared && period.previous
            ? `${formatNumber(previousTotal)} in ${formatDays(period.previous)}`
            : days > 1 && `${formatNumber(Math.round((total - withoutDay) / days))} a day`}
          {withoutDay > 0 &&
            `, with ${formatCount(withoutDay, "view")} from before the days that are kept`}
        </span>
      </p>
      <ViewsChart
        unit={unit}
        rows={bars.map(({ from, to, views: count, previous = 0 }) => ({
          from,
          to,
          views: isCompared ? [count, previous] : [count],
        }))}
        series={[
          { label: "This period", color: "chart-1", kind: "bars" as const },
          { label: "Period before", color: "chart-neutral", kind: "line" as const },
        ].slice(0, isCompared ? 2 : 1)}
      />
    </>
  );
}
