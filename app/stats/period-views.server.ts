import type pg from "pg";
import type { Logger } from "pino";
import { daysBetween, listDays } from "~/lib/utc-days";
import { FinishedDays, MOST_PERIODS, type CategorySum } from "./finished-days.server";
import { Kept } from "./kept";
import { LiveDays, liveSums, partOf, type LiveDay, type Moment } from "./live-days.server";
import { periodNames, readPeriod, USUAL_PERIOD, type Days, type Period } from "./period";
import { rankTopics, withLive, type Ranking, type TopicSum } from "./ranking";

/** How often it is checked whether another day has begun. */
const PREPARE_INTERVAL_MS = 60_000;

/**
 * The views of a period: its days, its topics, its categories. Sums over days that are over are kept, so after a
 * sync only today is read. Every method throws `DependencyError`.
 */
export class PeriodViews {
  readonly #live: LiveDays;
  readonly #finished: FinishedDays;
  readonly #logger: Logger;
  readonly #rankings = new Kept<Ranking>(MOST_PERIODS);
  readonly #categorySums = new Kept<CategorySum[]>(MOST_PERIODS);
  /** The days for which sums were read in advance. */
  #preparedFor: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string; clock: () => Date; logger: Logger }) {
    this.#live = new LiveDays(dependencies);
    this.#finished = new FinishedDays(dependencies);
    this.#logger = dependencies.logger;
  }

  /**
   * Reads the sums of every period that has a name now, and whenever a day begins: in a large forum they take seconds,
   * for which people need not wait. Only the clock is looked at, so that PostgreSQL may sleep meanwhile.
   */
  start(): void {
    const begin = () => {
      if (this.#days() !== this.#preparedFor) void this.prepare();
    };
    this.#timer = setInterval(begin, PREPARE_INTERVAL_MS).unref();
    begin();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  /** Reads those of these sums now that are not known, or have changed. Never throws. */
  async prepare(): Promise<void> {
    const days = this.#days();
    const startedAt = performance.now();
    try {
      const moment = await this.now();
      this.#preparedFor = days;
      for (const name of new Set([USUAL_PERIOD, ...periodNames])) await this.#prepare(moment, name);
      if (this.#isStopped) return;
      const durationMs = Math.round(performance.now() - startedAt);
      this.#logger.info({ durationMs }, "Sums of periods were read in advance");
    } catch (error) {
      this.#logger.debug({ err: error }, "Sums cannot be read in advance yet");
    }
  }

  #days(): string {
    return JSON.stringify(this.#live.days());
  }

  /** A period that fails is not tried again until another day begins: whoever asks for it waits. */
  async #prepare(moment: Moment, name: string): Promise<void> {
    if (this.#isStopped) return;
    const period = readPeriod(new URLSearchParams({ period: name }), moment);
    try {
      await this.#finished.sums(moment, period);
      await this.days(moment, period);
    } catch (error) {
      if (!this.#isStopped) this.#logger.warn({ err: error }, "Sums cannot be read in advance");
    }
  }

  /** What is persisted at the moment. */
  now(): Promise<Moment> {
    return this.#live.now();
  }

  /** The views of each day. */
  async days(moment: Moment, period: Period, category?: string) {
    const { previous } = period;
    const first = previous?.from ?? period.from;
    const [totals, live, allTime] = await Promise.all([
      this.#finished.totals(moment, { from: first, to: period.to }, category),
      this.#live.ofCategory(moment, category),
      previous ? undefined : this.#finished.sums(moment, period, category),
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
      /** Of each day of the period, in order. */
      views,
      /** The same for the period before; undefined for all time. */
      previous: ofPrevious,
      total: total + withoutDay,
      previousTotal: ofPrevious && add(ofPrevious),
      /** For all time only: persisted views that are no longer, or never were, recorded by day. */
      withoutDay,
    };
  }

  async ranking(moment: Moment, period: Period, category?: string): Promise<Ranking> {
    const key = JSON.stringify([moment.id, period.from, period.to, period.previous, category]);
    return this.#rankings.get(key, async () => {
      const [finished, live] = await Promise.all([
        this.#finished.sums(moment, period, category),
        this.#live.ofCategory(moment, category),
      ]);
      return rankTopics(finished, liveSums(live, period), (topicIds) =>
        this.#finished.lookUp(moment, period, topicIds),
      );
    });
  }

  /** Those with views in either period, most views first. */
  async categories(moment: Moment, period: Period): Promise<CategorySum[]> {
    const key = JSON.stringify([moment.id, period.from, period.to, period.previous]);
    return this.#categorySums.get(key, async () => {
      const [{ categories }, of] = await Promise.all([
        this.#finished.sums(moment, period),
        this.#live.categories(moment),
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
    const finished = await this.#finished.sumsOf(moment, period, topicIds);
    const live = liveSums(moment.live, period);
    return finished.map((sum) => withLive(sum, live));
  }

  /** The views of some topics on each day, in order. */
  async daysOf(moment: Moment, days: Days, topicIds: string[]): Promise<number[][]> {
    const rows = await this.#finished.daysOf(moment, days, topicIds);
    const views = new Map(rows.map((row) => [`${row.day} ${row.topicId}`, row.views]));
    const all = listDays(days.from, daysBetween(days.from, days.to) + 1);
    return topicIds.map((topicId) =>
      all.map((day) => moment.live.get(day)?.get(topicId) ?? views.get(`${day} ${topicId}`) ?? 0),
    );
  }
}

function sumOf(day: LiveDay | undefined): number {
  return day ? add([...day.values()]) : 0;
}

function add(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
