import type pg from "pg";
import { addDays } from "~/lib/utc-days";
import { runStatement, USUAL_LIMIT } from "~/platform/postgres.server";
import { Kept } from "./kept";
import type { Moment } from "./live-days.server";
import type { Days, Period } from "./period";
import { MOST_KEPT, MOST_KEPT_RISING, type FinishedSums, type TopicSum } from "./ranking";

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

/** The condition that leaves only topics of the category, if any, and the values of a statement that has these too. */
function ofCategory(category: string | undefined, values: string[]) {
  if (category === undefined) return { condition: "", values };
  const condition = `AND "topicId" IN (
    SELECT "topicId" FROM topics WHERE dao_slug = $1 AND category = $${values.length + 2}::text
  )`;
  return { condition, values: [...values, category] };
}

/** $1 dao, $2 and $3 first and last day. */
const dayTotals = (condition: string) => `
SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(views)::float8 AS views FROM forum_topic_view_daily
WHERE dao_slug = $1 AND day BETWEEN $2::date AND $3::date ${condition}
GROUP BY day`;

const sumsOfTopic = `"topicId", COALESCE(sum(views) FILTER (WHERE day >= $2::date), 0)::float8 AS views,
  COALESCE(sum(views) FILTER (WHERE day < $2::date), 0)::float8 AS previous`;

/** $1 dao, $2 first day of the period, $3 first day of the period before, $4 last day. */
const sumsOfDays = (condition: string) => `
SELECT ${sumsOfTopic} FROM forum_topic_view_daily
WHERE dao_slug = $1 AND day BETWEEN $3::date AND $4::date ${condition}
GROUP BY "topicId"`;

/** What every topic had before the days that syncs still change. $1 dao, $2 the first of these. */
const sumsOfAllTime = (condition: string) => `
SELECT "topicId", (stats.views - COALESCE(live.views, 0))::float8 AS views, 0::float8 AS previous
FROM forum_topic_view_stats AS stats LEFT JOIN (
  SELECT "topicId", sum(views) AS views FROM forum_topic_view_daily
  WHERE dao_slug = $1 AND day >= $2::date GROUP BY "topicId"
) AS live USING ("topicId")
WHERE stats.dao_slug = $1 ${condition}`;

const noCategories = `'[]'::json`;
const byCategory = `(
  SELECT COALESCE(json_agg(of_category), '[]') FROM (
    SELECT category, sum(views)::float8 AS views, sum(previous)::float8 AS previous
    FROM sums LEFT JOIN topics ON topics.dao_slug = $1 AND topics."topicId" = sums."topicId"
    GROUP BY category
  ) AS of_category
)`;

const ranked = (sums: string, categories: string) => `
WITH sums AS MATERIALIZED (${sums}
), by_views AS (
  SELECT * FROM sums ORDER BY views DESC, "topicId" LIMIT ${MOST_KEPT}
), by_growth AS (
  SELECT * FROM sums ORDER BY views - previous DESC, "topicId" LIMIT ${MOST_KEPT_RISING}
)
SELECT (SELECT count(*)::int FROM sums) AS topics,
  (SELECT COALESCE(sum(views), 0)::float8 FROM sums) AS total,
  (SELECT COALESCE(json_agg(by_views), '[]') FROM by_views) AS "byViews",
  (SELECT COALESCE(json_agg(by_growth), '[]') FROM by_growth) AS "byGrowth",
  ${categories} AS categories`;

/** As `sumsOfDays`, for the topics $5. Lists all days, because the primary key begins with the day. */
const sumsOfTopics = `
SELECT ${sumsOfTopic} FROM forum_topic_view_daily
WHERE dao_slug = $1 AND "topicId" = ANY($5::text[]) AND day = ANY(
  ARRAY(SELECT generate_series($3::date, $4::date, interval '1 day')::date)
)
GROUP BY "topicId"`;

/** The same, for so many topics that one pass over the days is faster. */
const sumsOfManyTopics = sumsOfDays(`AND "topicId" = ANY($5::text[])`);

/**
 * As `sumsOfAllTime`, of the topics $3. Names the two days that syncs may still change, because the primary key begins
 * with the day.
 */
const allTimeOfTopics = `
SELECT stats."topicId", (stats.views - COALESCE((
    SELECT sum(live.views) FROM forum_topic_view_daily AS live
    WHERE live.dao_slug = $1 AND live."topicId" = stats."topicId"
      AND live.day IN ($2::date, $2::date + 1)
  ), 0))::float8 AS views, 0::float8 AS previous
FROM forum_topic_view_stats AS stats
WHERE stats.dao_slug = $1 AND stats."topicId" = ANY($3::text[])`;

/** $1 dao, $2 and $3 first and last day, $4 topics. */
const daysOfTopics = `
SELECT "topicId", to_char(day, 'YYYY-MM-DD') AS day, views FROM forum_topic_view_daily
WHERE dao_slug = $1 AND "topicId" = ANY($4::text[]) AND day = ANY(
  ARRAY(SELECT generate_series($2::date, $3::date, interval '1 day')::date)
)`;

/**
 * Sums over days that are over. Views belong to the day of their flush, so these change only when an admin or a cleanup
 * changes such a day, or topics are adopted. They are kept in this process. Reading them locks nothing.
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
  sums(moment: Moment, period: Period, category?: string): Promise<Finished> {
    const days = period.previous ? finishedDays(moment, period) : [moment.liveFrom];
    const key = JSON.stringify([moment.version, days, category]);
    const { condition, values } = ofCategory(category, days);
    const sums = period.previous ? sumsOfDays(condition) : sumsOfAllTime(condition);
    const statement = ranked(sums, category === undefined ? byCategory : noCategories);
    return this.#sums.get(key, () => this.#readSums(statement, values));
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
      const { condition, values } = ofCategory(category, [from, last]);
      const statement = dayTotals(condition);
      const rows = await this.#run<{ day: string; views: number }>(statement, values);
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
    if (!period.previous) return this.#run(allTimeOfTopics, [moment.liveFrom, topicIds]);
    const days = finishedDays(moment, period);
    return topicIds.length <= MOST_BY_KEY
      ? this.#run(sumsOfTopics, [...days, topicIds])
      : this.#inTurn(sumsOfManyTopics, [...days, topicIds]);
  }

  /** One row for each of these topics and days that are over. */
  daysOf(moment: Moment, { from, to }: Days, topicIds: string[]) {
    const values = [from, lastFinished(moment, to), topicIds];
    return this.#run<{ topicId: string; day: string; views: number }>(daysOfTopics, values);
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

/** The day itself, or the last day that is over if that is earlier. */
function lastFinished({ liveFrom }: Moment, day: string): string {
  return day < liveFrom ? day : addDays(liveFrom, -1);
}

/** The first day of a period, of the period before, and the last day of both that is over. */
function finishedDays(moment: Moment, { from, to, previous }: Period): string[] {
  return [from, previous?.from ?? from, lastFinished(moment, to)];
}
