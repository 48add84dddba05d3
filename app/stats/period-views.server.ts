import type pg from "pg";
import { addDays, daysBetween, listDays, utcDay } from "~/lib/utc-days";
import { runStatement } from "~/platform/postgres.server";
import { Kept } from "./kept";
import type { Days, Period } from "./period";
import * as statements from "./period-statements";
import { MOST_KEPT, rankTopics, type FinishedSums, type Ranking, type TopicSum } from "./ranking";

/** For so long after midnight, a statement of a sync that began before it may add to the day before. */
const SETTLING_MS = 15 * 60_000;
/** The number of periods, each with or without a category, whose sums are cached. */
const MOST_PERIODS = 24;
/** Today's views are read again after this time, even if the books show no change. */
const LIVE_KEPT_MS = 60_000;
/** More topics than these are not looked up by their keys, each on each day, but in one pass over the days. */
const MOST_BY_KEY = 2_000;
/** The number of sums that are kept of topics outside the rankings: some 30 megabytes. */
const MOST_LOOKED_UP = 200_000;
/** The categories of today's topics are looked up again after so long. */
const CATEGORIES_KEPT_MS = 10 * 60_000;

interface Mark {
  changes: string;
  rewritten: string;
  firstDay: string | null;
}

/** The views of each topic on one of the days that syncs still change. */
type LiveDay = Map<string, number>;

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

export interface DayViews {
  /** Of each day of the period, in order. */
  views: number[];
  /** The same for the period before; undefined for all time. */
  previous: number[] | undefined;
  total: number;
  previousTotal: number | undefined;
  /** For all time only: persisted views that are no longer, or never were, recorded by day. */
  withoutDay: number;
}

export interface CategorySum {
  /** Null for topics without one. */
  category: string | null;
  views: number;
  previous: number;
}

interface Finished extends FinishedSums {
  total: number;
  categories: CategorySum[];
}

interface Columns {
  topicIds: string[] | null;
  views: number[] | null;
  previous: number[] | null;
}

/**
 * The views of a period: its days, its topics, its categories. Days that are over never change, because views belong
 * to the day of their flush; so their sums are kept in this process, and after a sync only today is read. Every
 * method throws `DependencyError`.
 */
export class PeriodViews {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;
  readonly #clock: () => Date;
  readonly #finished = new Kept<Finished>(MOST_PERIODS);
  readonly #dayTotals = new Kept<Map<string, number>>(MOST_PERIODS);
  readonly #rankings = new Kept<Ranking>(MOST_PERIODS);
  readonly #categorySums = new Kept<CategorySum[]>(MOST_PERIODS);
  #live: { key: string; at: number; moment: Promise<Moment> } | undefined;
  #moments = 0;
  /** Sums over finished days, by period and topic; all of one version. */
  #lookedUp = { version: "", sums: new Map<string, TopicSum>() };
  #categories = { at: 0, of: new Map<string, string | null>() };
  /**
   * The last of the costly statements: they run one after the other, so that a processor is left for syncs.
   */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dependencies: { pool: pg.Pool; daoSlug: string; clock: () => Date }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
    this.#clock = dependencies.clock;
  }

  /** What is persisted at the moment. */
  async now(): Promise<Moment> {
    const [mark] = await this.#run<Mark>(statements.mark, []);
    const last = this.#live;
    const now = performance.now();
    const today = utcDay(this.#clock());
    const liveFrom = utcDay(new Date(this.#clock().getTime() - SETTLING_MS));
    const key = [mark!.changes, today, liveFrom].join();
    if (last && last.key === key && now < last.at + LIVE_KEPT_MS) return last.moment;
    const moment = this.#readMoment(today, liveFrom);
    const reading = { key, at: now, moment };
    this.#live = reading;
    moment.catch(() => {
      if (this.#live === reading) this.#live = undefined;
    });
    return moment;
  }

  /** The views of each day. */
  async days(moment: Moment, period: Period, category?: string): Promise<DayViews> {
    const { previous } = period;
    const first = previous?.from ?? period.from;
    const [totals, live, allTime] = await Promise.all([
      this.#totalsOfDays(moment, { from: first, to: period.to }, category),
      this.#liveOf(moment, category),
      previous ? undefined : this.#sums(moment, period, category),
    ]);
    const viewsOf = ({ from, to }: Days) =>
      listDays(from, daysBetween(from, to) + 1).map((day) =>
        day < moment.liveFrom ? (totals.get(day) ?? 0) : sumOf(live.get(day)),
      );
    const views = viewsOf(period);
    const ofPrevious = previous && viewsOf(previous);
    const total = add(views);
    const withoutDay = allTime ? allTime.total + add([...live.values()].map(sumOf)) - total : 0;
    return {
      views,
      previous: ofPrevious,
      total: total + withoutDay,
      previousTotal: ofPrevious && add(ofPrevious),
      withoutDay,
    };
  }

  async ranking(moment: Moment, period: Period, category?: string): Promise<Ranking> {
    const key = JSON.stringify([moment.id, period.from, period.to, period.previous, category]);
    return this.#rankings.get(key, async () => {
      const [finished, live] = await Promise.all([
        this.#sums(moment, period, category),
        this.#liveOf(moment, category),
      ]);
      return rankTopics(finished, liveSums(live, period), (topicIds) =>
        this.#lookUp(moment, period, topicIds),
      );
    });
  }

  /** Those with views in either period, most views first. */
  async categories(moment: Moment, period: Period): Promise<CategorySum[]> {
    const key = JSON.stringify([moment.id, period.from, period.to, period.previous]);
    return this.#categorySums.get(key, async () => {
      const [{ categories }, of] = await Promise.all([
        this.#sums(moment, period),
        this.#categoriesOfLive(moment),
      ]);
      const sums = new Map(categories.map((sum) => [sum.category, { ...sum }]));
      for (const [day, ofTopics] of moment.live) {
        const part = partOf(period, day);
        if (part === undefined) continue;
        for (const [topicId, views] of ofTopics) {
          const category = of.get(topicId) ?? null;
          const sum = sums.get(category) ?? { category, views: 0, previous: 0 };
          sum[part] += views;
          sums.set(category, sum);
        }
      }
      return [...sums.values()]
        .filter(({ views, previous }) => views > 0 || previous > 0)
        .sort((one, other) => other.views - one.views);
    });
  }

  /** The sums of these topics, in the same order. */
  async sumsOf(moment: Moment, period: Period, topicIds: string[]): Promise<TopicSum[]> {
    const finished = await this.#finishedOf(moment, period, topicIds);
    const live = liveSums(moment.live, period, topicIds);
    const sums = new Map(finished.map((sum) => [sum.topicId, sum]));
    return topicIds.map((topicId) => {
      const { views = 0, previous = 0 } = sums.get(topicId) ?? {};
      const today = live.get(topicId);
      return {
        topicId,
        views: views + (today?.views ?? 0),
        previous: previous + (today?.previous ?? 0),
      };
    });
  }

  /** The views of some topics on each day, in order. */
  async daysOf(moment: Moment, { from, to }: Days, topicIds: string[]): Promise<number[][]> {
    const rows = await this.#run<{ topicId: string; day: string; views: number }>(
      statements.daysOfTopics,
      [from, earlier(to, moment), topicIds],
    );
    const views = new Map(rows.map((row) => [`${row.day} ${row.topicId}`, row.views]));
    const days = listDays(from, daysBetween(from, to) + 1);
    return topicIds.map((topicId) =>
      days.map((day) => moment.live.get(day)?.get(topicId) ?? views.get(`${day} ${topicId}`) ?? 0),
    );
  }

  async #readMoment(today: string, liveFrom: string): Promise<Moment> {
    const rows = await this.#run<
      Mark & { day: string | null; topicIds: string[]; views: number[] }
    >(statements.liveDays, [liveFrom]);
    const { rewritten, firstDay } = rows[0]!;
    const live = new Map(
      rows.flatMap(({ day, topicIds, views }) =>
        day === null ? [] : [[day, new Map(topicIds.map((id, index) => [id, views[index]!]))]],
      ),
    );
    this.#moments += 1;
    const version = [rewritten, firstDay, liveFrom].join();
    return { id: this.#moments, today, firstDay: firstDay ?? undefined, liveFrom, version, live };
  }

  #sums(moment: Moment, period: Period, category?: string): Promise<Finished> {
    const isOfCategory = category !== undefined;
    const ofCategory = isOfCategory ? [category] : [];
    if (!period.previous) {
      const key = JSON.stringify([moment.version, "all", category]);
      const statement = statements.allTimeSums(isOfCategory);
      const values = [moment.liveFrom, ...ofCategory];
      return this.#finished.get(key, () => this.#readSums(statement, values));
    }
    const days = finishedDays(moment, period);
    const key = JSON.stringify([moment.version, days, category]);
    const statement = statements.finishedSums(isOfCategory);
    return this.#finished.get(key, async () =>
      days ? this.#readSums(statement, [...days, ...ofCategory]) : nothing,
    );
  }

  async #readSums(statement: string, values: string[]): Promise<Finished> {
    const [row] = await this.#inTurn(() =>
      this.#run<{
        topics: number;
        total: number;
        byViews: Columns;
        byGrowth: Columns;
        categories: CategorySum[];
      }>(statement, values),
    );
    const { topics, total, byViews, byGrowth, categories } = row!;
    const isComplete = topics <= MOST_KEPT;
    return {
      byViews: rowsOf(byViews),
      byGrowth: isComplete ? [] : rowsOf(byGrowth),
      isComplete,
      total,
      categories,
    };
  }

  /**
   * As `#finishedOf`, but reads no topic twice: where many topics have the same number of views, most of
   * today's topics may rise, and every sync would look them all up again.
   */
  async #lookUp(moment: Moment, period: Period, topicIds: string[]): Promise<TopicSum[]> {
    const { version } = moment;
    const keyOf = (topicId: string) =>
      `${period.from} ${period.to} ${period.previous?.from} ${topicId}`;
    if (this.#lookedUp.version !== version) this.#lookedUp = { version, sums: new Map() };
    let { sums } = this.#lookedUp;
    let unknown = topicIds.filter((topicId) => !sums.has(keyOf(topicId)));
    if (sums.size + unknown.length > MOST_LOOKED_UP) {
      sums = new Map<string, TopicSum>();
      this.#lookedUp = { version, sums };
      unknown = topicIds;
    }
    for (const sum of await this.#finishedOf(moment, period, unknown)) {
      sums.set(keyOf(sum.topicId), sum);
    }
    return topicIds.flatMap((topicId) => sums.get(keyOf(topicId)) ?? []);
  }

  async #finishedOf(moment: Moment, period: Period, topicIds: string[]): Promise<TopicSum[]> {
    if (topicIds.length === 0) return [];
    if (!period.previous) {
      return this.#run<TopicSum>(statements.allTimeOfTopics, [moment.liveFrom, topicIds]);
    }
    const days = finishedDays(moment, period);
    const found = days ? await this.#sumsOf(days, topicIds) : [];
    const sums = new Map(found.map((sum) => [sum.topicId, sum]));
    return topicIds.map((topicId) => sums.get(topicId) ?? { topicId, views: 0, previous: 0 });
  }

  #sumsOf(days: string[], topicIds: string[]): Promise<TopicSum[]> {
    const values = [...days, topicIds];
    if (topicIds.length <= MOST_BY_KEY) return this.#run(statements.sumsOfTopics, values);
    return this.#inTurn(() => this.#run(statements.sumsOfManyTopics, values));
  }

  /** The views of each of these days that is over. */
  async #totalsOfDays(moment: Moment, { from, to }: Days, category?: string) {
    const last = earlier(to, moment);
    const key = JSON.stringify([moment.version, from, last, category]);
    return this.#dayTotals.get(key, async () => {
      const isOfCategory = category !== undefined;
      const rows = await this.#run<{ day: string; views: number }>(
        statements.dayTotals(isOfCategory),
        [from, last, ...(isOfCategory ? [category] : [])],
      );
      return new Map(rows.map(({ day, views }) => [day, views]));
    });
  }

  async #liveOf(moment: Moment, category: string | undefined): Promise<Map<string, LiveDay>> {
    if (category === undefined) return moment.live;
    const of = await this.#categoriesOfLive(moment);
    const isOfIt = ([topicId]: [string, number]) => of.get(topicId) === category;
    return new Map(
      [...moment.live].map(([day, views]) => [day, new Map([...views].filter(isOfIt))]),
    );
  }

  async #categoriesOfLive({ live }: Moment): Promise<Map<string, string | null>> {
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
        statements.categoriesOfTopics,
        [unknown],
      );
      for (const topicId of unknown) of.set(topicId, null);
      for (const { topicId, category } of rows) of.set(topicId, category);
    }
    return of;
  }

  #inTurn<Result>(read: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(read);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #run<Row extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<Row[]> {
    return runStatement<Row>(this.#pool, statement, [this.#daoSlug, ...values]);
  }
}

const nothing: Finished = {
  ...{ byViews: [], byGrowth: [], isComplete: true },
  ...{ total: 0, categories: [] },
};

/** The day itself, or the last day that is over if that is earlier. */
function earlier(day: string, { liveFrom }: Moment): string {
  return day < liveFrom ? day : addDays(liveFrom, -1);
}

/**
 * The first day of a period, of the period before, and the last finished day of both; undefined if none is.
 */
function finishedDays(moment: Moment, { from, to, previous }: Period) {
  const begin = previous?.from ?? from;
  const last = earlier(to, moment);
  return begin <= last ? [from, begin, last] : undefined;
}

/** Which of the two sums of a period a day belongs to, if to any. */
function partOf(period: Period, day: string): "views" | "previous" | undefined {
  const isIn = (days: Days | undefined) => days && days.from <= day && day <= days.to;
  return isIn(period) ? "views" : isIn(period.previous) ? "previous" : undefined;
}

/** The sums over the days that syncs still change, of all topics or of these. */
function liveSums(
  live: Map<string, LiveDay>,
  period: Period,
  topicIds?: string[],
): Map<string, TopicSum> {
  const sums = new Map<string, TopicSum>();
  for (const [day, ofTopics] of live) {
    const part = partOf(period, day);
    if (part === undefined) continue;
    for (const topicId of topicIds ?? ofTopics.keys()) {
      const sum = sums.get(topicId) ?? { topicId, views: 0, previous: 0 };
      sum[part] += ofTopics.get(topicId) ?? 0;
      sums.set(topicId, sum);
    }
  }
  return sums;
}

function rowsOf({ topicIds, views, previous }: Columns): TopicSum[] {
  return (topicIds ?? []).map((topicId, index) => ({
    topicId,
    views: views?.[index] ?? 0,
    previous: previous?.[index] ?? 0,
  }));
}

function sumOf(day: LiveDay | undefined): number {
  return day ? add([...day.values()]) : 0;
}

function add(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
