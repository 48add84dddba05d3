import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { lastUtcDays } from "~/lib/utc-days";
import { everyDay } from "~/sync/postgres/daily-rows";

export const TREND_DAYS = 30;

export interface ViewsOfDay {
  /** UTC, YYYY-MM-DD. */
  day: string;
  views: number;
}

export interface ViewsOfMonth {
  /** UTC, YYYY-MM. */
  month: string;
  views: number;
}

/** Views by the UTC day of their flush. Both methods throw `DependencyError`. */
export class TopicTrends {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;
  readonly #clock: () => Date;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string; clock: () => Date }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
    this.#clock = dependencies.clock;
  }

  /** The last 30 days of each of these topics, oldest first, days without views included. */
  async days(topicIds: string[]): Promise<Map<string, ViewsOfDay[]>> {
    const days = lastUtcDays(TREND_DAYS, this.#clock());
    const rows = await runStatement<{ topicId: string; day: string; views: number }>(
      this.#pool,
      `SELECT "topicId", to_char(day, 'YYYY-MM-DD') AS day, views FROM forum_topic_view_daily
       WHERE dao_slug = $1 AND "topicId" = ANY($2::text[]) AND day = ANY($3::date[])`,
      [this.#daoSlug, topicIds, days],
    );
    const byTopic = new Map(topicIds.map((topicId) => [topicId, new Map<string, number>()]));
    for (const { topicId, day, views } of rows) byTopic.get(topicId)?.set(day, views);
    return new Map(
      [...byTopic].map(([topicId, views]) => [
        topicId,
        days.map((day) => ({ day, views: views.get(day) ?? 0 })),
      ]),
    );
  }

  /** All months of one topic that have views, oldest first. */
  async months(topicId: string): Promise<ViewsOfMonth[]> {
    const rows = await runStatement<{ month: string; views: string }>(
      this.#pool,
      `SELECT to_char(day, 'YYYY-MM') AS month, sum(views) AS views FROM forum_topic_view_daily
       WHERE dao_slug = $1 AND "topicId" = $2 AND day = ANY(${everyDay("$1")}) GROUP BY 1 ORDER BY 1`,
      [this.#daoSlug, topicId],
    );
    return rows.map(({ month, views }) => ({ month, views: Number(views) }));
  }
}
