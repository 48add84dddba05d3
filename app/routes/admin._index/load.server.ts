import { booksView, isRegressed } from "~/sync/balance/books.server";
import { barsOf, unitOf, type Period } from "~/stats/period";
import type { Moment } from "~/stats/live-days.server";
import type { Services } from "~/services.server";
import { whenAvailable } from "~/platform/available.server";

const TOP_TOPICS = 10;

/** The total of a period and its chart. @throws DependencyError */
export async function presentTotal({ periodViews }: Services, moment: Moment, period: Period) {
  const { views, previous, previousTotal = 0, ...sums } = await periodViews.days(moment, period);
  return {
    ...sums,
    previousTotal,
    days: views.length,
    unit: unitOf(period),
    bars: barsOf(period, views, previous),
  };
}

/** What was read most in a period: topics, categories, and views by their kind. @throws DependencyError */
export async function presentTopTopics(
  { directory, periodViews, viewKinds }: Services,
  moment: Moment,
  period: Period,
) {
  const [{ topics, rising }, categories, kinds] = await Promise.all([
    periodViews.ranking(moment, period),
    periodViews.categories(moment, period),
    viewKinds.read(period.from, period.to),
  ]);
  const [top, risen] = await Promise.all([
    directory.named(topics.slice(0, TOP_TOPICS)),
    directory.named(rising),
  ]);
  return { top, rising: risen, categories, kinds };
}

/** Whether every view arrives. Where that cannot be known at the moment, says why. */
export async function presentHealth({ books, failures, logger, pendingMembers, runs }: Services) {
  const [held, history, failing] = await Promise.all([
    whenAvailable(logger, async () => {
      const [read, sizes] = await Promise.all([books.read(), pendingMembers.sizes()]);
      return { read, sizes };
    }),
    whenAvailable(logger, async () => {
      const [active, last] = await Promise.all([runs.active(), runs.last("all")]);
      return { active, last: last ?? null };
    }),
    whenAvailable(logger, () => failures.counts()),
  ]);
  const read = held.available ? held.read : undefined;

  return {
    /** The views that the next sync flushes: the overlay and the rest of the open batch. */
    pending: held.available
      ? {
          available: true as const,
          views: held.read.overlay + held.read.batch,
          targets: held.sizes.waiting + held.sizes.batch,
          /** When the oldest pending view was counted. */
          oldest: held.read.pendingSince ?? null,
        }
      : held,
    /** The active run, and the last one. */
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
  };
}
