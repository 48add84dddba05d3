import { RunsChart, ViewsPerDayChart } from "~/routes/admin/charts";
import { TopTopicsChart } from "./top-topics-chart";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { TextLink } from "~/ui/text-link";
import type { Overview } from "./overview-stats";

export function OverviewCharts({ overview }: { overview: Overview }) {
  const { history, topTopics, persisted } = overview;
  if (!history.available || !topTopics.available) {
    const { reason } = history.available ? (topTopics as { reason: string }) : history;
    return (
      <Card title="Charts">
        <p className="text-ink-muted">They cannot be drawn at the moment: {reason}.</p>
      </Card>
    );
  }
  if (history.recent.length === 0) {
    return (
      <Card title="Charts">
        <EmptyState title="Nothing to draw yet">
          Charts appear after the first sync that had views to flush. Let the cron call{" "}
          <code>POST /api/v1/forum/sync-views</code>, or flush now.
        </EmptyState>
      </Card>
    );
  }
  return (
    <>
      <Card title="Views per day" description="By the day on which they were flushed, last 30 days">
        <ViewsPerDayChart data={history.viewsPerDay} />
      </Card>
      <div className="grid gap-4 lg:grid-cols-2">
        <Card
          title="Runs"
          description="Views, duration and outcome of the last 50 that had work"
          action={<TextLink to="/admin/runs">All runs</TextLink>}
        >
          <RunsChart
            data={history.recent.map((run) => ({
              runId: run.id,
              startedAt: run.startedAt,
              views: run.views,
              durationMs: run.finishedAt === null ? null : run.seconds * 1_000,
              status: run.status,
            }))}
          />
        </Card>
        <Card title="Top topics" action={<TextLink to="/admin/topics">All topics</TextLink>}>
          <TopTopicsChart
            data={topTopics.topics}
            total={persisted.available ? persisted.views : undefined}
          />
        </Card>
      </div>
    </>
  );
}
