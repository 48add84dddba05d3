import type pg from "pg";
import { addDays } from "~/lib/utc-days";
import { runStatement, USUAL_LIMIT } from "~/platform/postgres.server";
import { Kept } from "./kept";
import type { Moment } from "./live-days.server";
import type { Days, Period } from "./period";
import * as statements from "./period-statements";
import { MOST_KEPT, type FinishedSums, type TopicSum } from "./ranking";

/** The number of periods, each with or without a category, whose sums are cached. */
export const MOST_PERIODS = 24;
/** More topics than these are not looked up by their keys, each on each day, but in one pass over the days. */
const MOST_BY_KEY = 2_000;
/** The number of sums that are kept of topics outside the rankings: some 30 megabytes. */
const MOST_LOOKED_UP = 200_000;

const REPORT_LIMIT = { ...USUAL_LIMIT, withoutNestedLoops: true };

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

/**
 * Sums over days that are over. Views belong to the day of their flush, so these change only when an admin or a cleanup
 * changes such a day, or topics are adopted. They are kept in this process.
 */
export class FinishedDays {
  readonly #sums = new Kept<Finished>(MOST_PERIODS);
  readonly #totals = new Kept<Map<string, number>>(MOST_PERIODS);
  /** By period and topic; all of one version. */
  #lookedUp = { version: "", sums: new Map<string, TopicSum>() };
  /**
   * The last of the costly statements: they run one after the other, so that a processor is left for syncs.
   */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly dependencies: { pool: pg.Pool; daoSlug: string }) {}

  /** The sums of the topics that may be ranked, and of the categories. */
  async sums(moment: Moment, period: Period, category?: string): Promise<Finished> {
    const days = period.previous ? finishedDays(moment, period) : [moment.liveFrom];
    if (!days) return nothing;
    const statement = period.previous
      ? statements.finishedSums(category)
      : statements.allTimeSums(category);
    const key = JSON.stringify([moment.version, days, category]);
    return this.#sums.get(key, () => this.#readSums(statement, valuesOf(days, category)));
  }

  async #readSums(statement: string, values: string[]): Promise<Finished> {
    const [row] = await this.#inTurn<Omit<Finished, "isComplete"> & { topics: number }>(
      statement,
      values,
    );
    const { topics, byGrowth, ...sums } = row!;
    const isComplete = topics <= MOST_KEPT;
    return { ...sums, byGrowth: isComplete ? [] : byGrowth, isComplete };
  }

  /** The views of each of these days that is over. */
  async totals(moment: Moment, { from, to }: Days, category?: string) {
    const last = lastFinished(moment, to);
    const key = JSON.stringify([moment.version, from, last, category]);
    return this.#totals.get(key, async () => {
      const rows = await this.#run<{ day: string; views: number }>(
        statements.dayTotals(category),
        valuesOf([from, last], category),
      );
      return new Map(rows.map(({ day, views }) => [day, views]));
    });
  }

  /**
   * As `sumsOf`, but reads no topic twice: where many topics have the same number of views, most of today's
   * topics may rise, and every sync would look them all up again.
   */
  async lookUp(moment: Moment, period: Period, topicIds: string[]): Promise<TopicSum[]> {
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
    for (const sum of await this.sumsOf(moment, period, unknown)) {
      sums.set(keyOf(sum.topicId), sum);
    }
    return topicIds.flatMap((topicId) => sums.get(keyOf(topicId)) ?? []);
  }

  /** The sums of these topics, in the same order. */
  async sumsOf(moment: Moment, period: Period, topicIds: string[]): Promise<TopicSum[]> {
    if (topicIds.length === 0) return [];
    const found = await this.#readSumsOf(moment, period, topicIds);
    const sums = new Map(found.map((sum) => [sum.topicId, sum]));
    return topicIds.map((topicId) => sums.get(topicId) ?? { topicId, views: 0, previous: 0 });
  }

  async #readSumsOf(moment: Moment, period: Period, topicIds: string[]): Promise<TopicSum[]> {
    if (!period.previous) return this.#run(statements.allTimeOfTopics, [moment.liveFrom, topicIds]);
    const days = finishedDays(moment, period);
    if (!days) return [];
    return topicIds.length <= MOST_BY_KEY
      ? this.#run(statements.sumsOfTopics, [...days, topicIds])
      : this.#inTurn(statements.sumsOfManyTopics, [...days, topicIds]);
  }

  /** One row for each of these topics and days that are over. */
  daysOf(moment: Moment, { from, to }: Days, topicIds: string[]) {
    return this.#run<{ topicId: string; day: string; views: number }>(statements.daysOfTopics, [
      from,
      lastFinished(moment, to),
      topicIds,
    ]);
  }

  #inTurn<Row extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<Row[]> {
    const result = this.#turn.then(() => this.#run<Row>(statement, values));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #run<Row extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<Row[]> {
    const { pool, daoSlug } = this.dependencies;
    return runStatement(pool, statement, [daoSlug, ...values], REPORT_LIMIT);
  }
}

const nothing: Finished = {
  ...{ byViews: [], byGrowth: [], isComplete: true },
  ...{ total: 0, categories: [] },
};

/** The day itself, or the last day that is over if that is earlier. */
function lastFinished({ liveFrom }: Moment, day: string): string {
  return day < liveFrom ? day : addDays(liveFrom, -1);
}

/**
 * The first day of a period, of the period before, and the last finished day of both; undefined if none is.
 */
function finishedDays(moment: Moment, { from, to, previous }: Period) {
  const begin = previous?.from ?? from;
  const last = lastFinished(moment, to);
  return begin <= last ? [from, begin, last] : undefined;
}

function valuesOf(days: string[], category: string | undefined): string[] {
  return category === undefined ? days : [...days, category];
}
