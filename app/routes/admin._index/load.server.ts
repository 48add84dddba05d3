import { lastUtcDays } from "~/lib/utc-days";
import { markOf } from "~/stats/topic-rankings.server";
import { TREND_DAYS } from "~/stats/topic-trends.server";
import { booksView, isRegressed } from "~/sync/balance/books-state";
import type { Services } from "~/services.server";
import { whenAvailable } from "~/platform/available.server";

const CHART_RUNS = 50;

type OverviewServices = Pick<
  Services,
  "books" | "failures" | "logger" | "pendingMembers" | "runs" | "topics"
>;

/**
 * Everything on the overview. Pending and persisted views agree with each other and with the books: both
 * come from the same reading of the books, and the sum over the topics, which was taken at another
 * moment, is moved on by what was applied and removed in between.
 */
export async function presentOverview(services: OverviewServices) {
  const { books, failures, logger, pendingMembers, runs, topics } = services;
  const days = lastUtcDays(TREND_DAYS, new Date());
  const [held, history, failing] = await Promise.all([
    whenAvailable(logger, async () => {
      const [read, sizes] = await Promise.all([books.read(), pendingMembers.sizes()]);
      return { read, sizes };
    }),
    whenAvailable(logger, async () => {
      const withWork = { status: "all", trigger: "all", empty: "hide" } as const;
      const [active, last, viewsByDay, recent] = await Promise.all([
        runs.active(),
        runs.last("all"),
        runs.viewsPerDay(days[0]!),
        runs.list(withWork, { offset: 0, pageSize: CHART_RUNS }),
      ]);
      const viewsPerDay = days.map((day) => ({ day, views: viewsByDay.get(day) ?? 0 }));
      return { active, last: last ?? null, viewsPerDay, recent: recent.reverse() };
    }),
    whenAvailable(logger, () => failures.counts()),
  ]);
  const read = held.available ? held.read : undefined;
  const mark = read && markOf(read);
  const totals = await whenAvailable(logger, () => topics.totals(mark?.changes));

  return {
    /** What the next sync flushes: the overlay and what is left of the open batch. */
    pending: held.available
      ? {
          available: true as const,
          views: held.read.overlay + held.read.batch,
          targets: held.sizes.waiting + held.sizes.batch,
          /** When the oldest of them was counted. */
          oldest: held.read.pendingSince ?? null,
        }
      : held,
    persisted: totals.available
      ? {
          available: true as const,
          views: totals.views + (mark ? mark.added - totals.added : 0),
          topics: totals.topics,
        }
      : totals,
    /** Runs with views of the last 30 UTC days, and the last 50 that had something to do, oldest first. */
    history,
    /** What PostgreSQL keeps because it could not add it to topics. */
    failures: failing,
    books: booksView(read, history.available && history.active !== null),
    /** Set while an admin has to decide what becomes of the overlay of a Redis that lost a batch. */
    regression:
      held.available && isRegressed(held.read)
        ? {
            lastBatch: held.read.lastBatch ?? 0,
            highWater: held.read.highWater,
            views: held.read.overlay,
            targets: held.sizes.waiting,
          }
        : null,
    topTopics: totals.available ? { available: true as const, topics: totals.top } : totals,
  };
}
