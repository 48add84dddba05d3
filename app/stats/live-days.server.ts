import type pg from "pg";
import { utcDay } from "~/lib/utc-days";
import { runStatement } from "~/platform/postgres.server";
import type { Days, Period } from "./period";
import type { LiveSums } from "./ranking";

/** For so long after midnight, a statement of a sync that began before it may add to the day before. */
const SETTLING_MS = 15 * 60_000;
/** Today's views are read again after this time, even if the books show no change. */
const LIVE_KEPT_MS = 60_000;
/** The categories of today's topics are looked up again after so long. */
const CATEGORIES_KEPT_MS = 10 * 60_000;

/**
 * `changes` rises with whatever changes persisted views; `rewritten` with what changes days that are over: views
 * taken off a topic, topics that are removed or adopted. $1 dao.
 */
const booksMark = `
SELECT COALESCE(applied + 2 * discarded + removed_topics, 0)::text AS changes,
  COALESCE(discarded + adopted + removed_topics + removed_views, 0)::text AS rewritten,
  (SELECT to_char(min(day), 'YYYY-MM-DD') FROM forum_topic_view_daily WHERE dao_slug = $1) AS "firstDay"
FROM (SELECT 1) AS one LEFT JOIN view_books ON dao_slug = $1`;

/**
 * The views of the days that syncs still change, with the mark at the same moment. $1 dao, $2 first of these
 * days.
 */
const liveDays = `
SELECT mark.*, to_char(day, 'YYYY-MM-DD') AS day, "topicIds", views FROM (${booksMark}) AS mark LEFT JOIN (
  SELECT day, json_agg("topicId") AS "topicIds", json_agg(views) AS views
  FROM forum_topic_view_daily WHERE dao_slug = $1 AND day >= $2::date GROUP BY day
) AS live ON true`;

/** $1 dao, $2 topics. */
const categoriesOfTopics = `
SELECT "topicId", category FROM topics WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])`;

interface Mark {
  changes: string;
  rewritten: string;
  firstDay: string | null;
}

/** The views of each topic on one of the days that syncs still change. */
export type LiveDay = Map<string, number>;

/** What PostgreSQL holds at one moment. Whatever is asked of the same moment adds up. */
export interface Moment {
  /** A new one for each reading. */
  id: number;
  today: string;
  /** The first of the days that have views. */
  firstDay: string | undefined;
  /** The first of the days that syncs still change. */
  liveFrom: string;
  /** Changes when the views of days before `liveFrom` change. */
  version: string;
  live: Map<string, LiveDay>;
}

/** Today, and for a quarter of an hour yesterday: the days that syncs still change. Read once after each sync. */
export class LiveDays {
  #last: { key: string; at: number; moment: Promise<Moment> } | undefined;
  #moments = 0;
  #categories = { at: 0, of: new Map<string, string | null>() };

  constructor(
    private readonly dependencies: { pool: pg.Pool; daoSlug: string; clock: () => Date },
  ) {}

  /** The first and the last of these days. */
  days() {
    const now = this.dependencies.clock();
    return { liveFrom: utcDay(new Date(now.getTime() - SETTLING_MS)), today: utcDay(now) };
  }

  /** What is persisted at the moment. */
  async now(): Promise<Moment> {
    const [mark] = await this.#run<Mark>(booksMark);
    const last = this.#last;
    const now = performance.now();
    const { today, liveFrom } = this.days();
    const key = JSON.stringify([mark, today, liveFrom]);
    if (last && last.key === key && now < last.at + LIVE_KEPT_MS) return last.moment;
    const moment = this.#read(today, liveFrom);
    this.#last = { key, at: now, moment };
    moment.catch(() => {
      if (this.#last?.moment === moment) this.#last = undefined;
    });
    return moment;
  }

  async #read(today: string, liveFrom: string): Promise<Moment> {
    const rows = await this.#run<
      Mark & { day: string | null; topicIds: string[]; views: number[] }
    >(liveDays, liveFrom);
    const { rewritten, firstDay } = rows[0]!;
    const live = new Map<string, LiveDay>();
    for (const { day, topicIds, views } of rows) {
      if (day === null) continue;
      live.set(day, new Map(topicIds.map((topicId, index) => [topicId, views[index]!])));
    }
    this.#moments += 1;
    return {
      id: this.#moments,
      today,
      firstDay: firstDay ?? undefined,
      liveFrom,
      version: [rewritten, firstDay, liveFrom].join(),
      live,
    };
  }

  /** The days with the topics of this category alone; with all if none is named. */
  async ofCategory(moment: Moment, category: string | undefined): Promise<Map<string, LiveDay>> {
    if (category === undefined) return moment.live;
    const of = await this.categories(moment);
    const isOfIt = ([topicId]: [string, number]) => of.get(topicId) === category;
    return new Map(
      [...moment.live].map(([day, views]) => [day, new Map([...views].filter(isOfIt))]),
    );
  }

  /** The category of each topic that has views on these days; null for topics without one. */
  async categories({ live }: Moment): Promise<Map<string, string | null>> {
    const now = performance.now();
    if (now > this.#categories.at + CATEGORIES_KEPT_MS) {
      this.#categories = { at: now, of: new Map() };
    }
    const { of } = this.#categories;
    const unknown = [...live.values()].flatMap((day) =>
      [...day.keys()].filter((id) => !of.has(id)),
    );
    if (unknown.length > 0) {
      const rows = await this.#run<{ topicId: string; category: string | null }>(
        categoriesOfTopics,
        unknown,
      );
      for (const topicId of unknown) of.set(topicId, null);
      for (const { topicId, category } of rows) of.set(topicId, category);
    }
    return of;
  }

  #run<Row extends pg.QueryResultRow>(statement: string, ...values: unknown[]): Promise<Row[]> {
    const { pool, daoSlug } = this.dependencies;
    return runStatement(pool, statement, [daoSlug, ...values]);
  }
}

/** Which of the two sums of a period a day belongs to, if to any. */
export function partOf(period: Period, day: string): "views" | "previous" | undefined {
  const isIn = (days: Days | undefined) => days && days.from <= day && day <= days.to;
  return isIn(period) ? "views" : isIn(period.previous) ? "previous" : undefined;
}

/**
 * They are added up when a topic is asked for: after each sync there may
 * be a hundred thousand topics, of which few are ranked.
 */
export function liveSums(live: Map<string, LiveDay>, period: Period): LiveSums {
  const days = [...live].flatMap(([day, ofTopics]) => {
    const part = partOf(period, day);
    return part === undefined ? [] : [{ part, ofTopics }];
  });
  return {
    topicIds() {
      const [first, ...others] = days.map(({ ofTopics }) => ofTopics);
      if (others.length === 0) return first?.keys() ?? [];
      return new Set(days.flatMap(({ ofTopics }) => [...ofTopics.keys()]));
    },
    of(topicId) {
      const sum = { topicId, views: 0, previous: 0 };
      for (const { part, ofTopics } of days) sum[part] += ofTopics.get(topicId) ?? 0;
      return sum;
    },
  };
}
