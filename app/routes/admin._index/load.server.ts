import { lastUtcDays } from "~/lib/utc-days";
import { markOf } from "~/stats/topic-rankings.server";
import { TREND_DAYS, type ViewsOfDay } from "~/stats/topic-trends.server";
import type { Books } from "~/sync/balance/books.server";
import { booksView, isRegressed, type BooksView } from "~/sync/balance/books-state";
import { acceptedViews, type Place } from "~/sync/redis/pending-members.server";
import type { Services } from "~/services.server";
import { whenAvailable, type Available } from "~/platform/available.server";
import { runView, type RunView } from "~/routes/admin.runs._index/run-view";

interface Amount {
  targets: number;
  views: number;
}

export interface Overview {
  /** ISO 8601: when the numbers were read. */
  readAt: string;
  /** What the next sync flushes: the overlay (`waiting`) and the open batch. */
  pending: Available<{
    views: number;
    targets: number;
    waiting: Amount;
    batch: Amount;
    /** When the oldest of them was counted. */
    oldest: string | null;
  }>;
  persisted: Available<{ views: number; topics: number }>;
  runs: Available<{
    last: RunView | null;
    /** The id of the run that is active. */
    active: string | null;
  }>;
  /** Views are null where Redis cannot tell, or would have to be asked for too many targets. */
  failures: Available<{
    failing: { targets: number; views: number | null };
    parked: { targets: number; views: number | null };
  }>;
  books: BooksView;
  /** Set while an admin has to decide what becomes of the overlay of a Redis that lost a batch. */
  regression: { lastBatch: number; highWater: number; overlay: Amount } | null;
  charts: Available<{
    /** Views flushed by the runs of each of the last 30 UTC days. */
    viewsPerDay: ViewsOfDay[];
    /** The last 50 runs that had something to do, oldest first. */
    runs: RunView[];
    /** The topics with most persisted views. */
    topTopics: Array<{ topicId: string; views: number }>;
  }>;
}

const CHART_RUNS = 50;
/** Failing or parked targets that Redis is asked about for their views. */
const MOST_ASKED = 2_000;

type OverviewServices = Pick<
  Services,
  "books" | "failures" | "logger" | "pendingMembers" | "runs" | "topics"
>;

/**
 * Everything on the overview. Pending and persisted views agree with each other and with the books: both
 * come from the same reading of the books, and the sum over the topics, which was taken at another
 * moment, is moved on by what was applied and removed in between.
 */
export async function presentOverview(services: OverviewServices): Promise<Overview> {
  const { books, logger, pendingMembers, topics } = services;
  const [held, history] = await Promise.all([
    whenAvailable(logger, async () => {
      const [read, sizes] = await Promise.all([books.read(), pendingMembers.sizes()]);
      return { books: read, sizes };
    }),
    whenAvailable(logger, () => readHistory(services)),
  ]);
  const readBooks = held.available ? held.books : undefined;
  const mark = readBooks && markOf(readBooks);
  const totals = await whenAvailable(logger, () => topics.totals(mark?.changes));

  return {
    readAt: new Date().toISOString(),
    pending: held.available ? { available: true, ...pending(held.books, held.sizes) } : held,
    persisted: totals.available
      ? {
          available: true,
          views: totals.views + (mark ? mark.added - totals.added : 0),
          topics: totals.topics,
        }
      : totals,
    runs: history.available
      ? { available: true, last: history.last ?? null, active: history.active ?? null }
      : history,
    failures: history.available
      ? {
          available: true,
          failing: {
            targets: history.counts.failing,
            views: await waitingViews(services, history.failing),
          },
          parked: {
            targets: history.counts.parked,
            views: sumOf(readBooks?.parked, await waitingViews(services, history.parked)),
          },
        }
      : history,
    books: booksView(readBooks, history.available && history.active !== undefined),
    regression: held.available ? regression(held.books, held.sizes) : null,
    charts: !history.available
      ? history
      : !totals.available
        ? totals
        : {
            available: true,
            viewsPerDay: history.viewsPerDay,
            runs: history.runs,
            topTopics: totals.top,
          },
  };
}

async function readHistory({ runs, failures }: OverviewServices) {
  const days = lastUtcDays(TREND_DAYS, new Date());
  const withWork = { status: "all", trigger: "all", empty: "hide" } as const;
  const anyReason = { reason: "", search: "" } as const;
  const [active, last, viewsByDay, recent, counts, failing, parked] = await Promise.all([
    runs.active(),
    runs.last("all"),
    runs.viewsPerDay(days[0]!),
    runs.list(withWork, { offset: 0, count: CHART_RUNS }),
    failures.counts(),
    failures.names({ ...anyReason, state: "failing" }, MOST_ASKED + 1),
    failures.names({ ...anyReason, state: "parked" }, MOST_ASKED + 1),
  ]);
  return {
    active,
    last: last && runView(last),
    viewsPerDay: days.map((day) => ({ day, views: viewsByDay.get(day) ?? 0 })),
    runs: recent.map(runView).reverse(),
    counts,
    failing,
    parked,
  };
}

function pending(books: Books, sizes: Record<Place, number>) {
  return {
    views: books.overlay + books.batch,
    targets: sizes.waiting + sizes.batch,
    waiting: { targets: sizes.waiting, views: books.overlay },
    batch: { targets: sizes.batch, views: books.batch },
    oldest: books.pendingSince?.toISOString() ?? null,
  };
}

function regression(
  books: Books & { isSettled: boolean },
  sizes: Record<Place, number>,
): Overview["regression"] {
  if (!isRegressed(books)) return null;
  return {
    lastBatch: books.lastBatch ?? 0,
    highWater: books.highWater,
    overlay: { targets: sizes.waiting, views: books.overlay },
  };
}

/** Of these targets, in the overlay and the open batch; a parked one may have new views there, too. */
async function waitingViews(
  { pendingMembers, logger }: OverviewServices,
  names: string[],
): Promise<number | null> {
  if (names.length > MOST_ASKED) return null;
  const held = await whenAvailable(logger, async () => ({
    members: await pendingMembers.named(["waiting", "batch"], names),
  }));
  return held.available ? acceptedViews(held.members) : null;
}

function sumOf(views: number | undefined, more: number | null): number | null {
  return views === undefined || more === null ? null : views + more;
}
