import type pg from "pg";
import { runStatement } from "~/db.server";
import { onDatabase } from "~/dependency-error.server";
import type { TopicsParams } from "~/http/list-search";
import { containsPattern } from "~/like-pattern";

/** The persisted views of a topic. */
export interface PersistedTopic {
  topicId: string;
  views: number;
  lastUpdated: Date;
}

/** What is persisted of a DAO, all at one moment. */
export interface PersistedTotals {
  topics: number;
  views: number;
  /** The views that the books had applied at that moment. */
  applied: number;
  /** The topics with most views. */
  top: Array<{ topicId: string; views: number }>;
}

export type TopicFilter = Pick<TopicsParams, "search" | "sort" | "direction">;

/**
 * Rows that can be paged to when the list is not in the order of its index. A page a hundred thousand
 * rows deep would have to sort the whole table on disk.
 */
export const DEEPEST_SORTED_ROW = 10_000;

const TOP = 10;
/** Seconds after which totals are summed up anew although no sync has applied anything. */
const TOTALS_SECONDS = 60;

/** pg would read a timestamp without a zone as local time. */
const columns = `"topicId", views, "lastUpdated" AT TIME ZONE 'UTC' AS "lastUpdated"`;

/** $1 dao, $2 pattern of the topic id. */
const matches = `dao_slug = $1 AND ($2 = '' OR "topicId" LIKE $2)`;

const orders: Record<Exclude<TopicsParams["sort"], "topicId">, string> = {
  views: "views",
  lastUpdated: '"lastUpdated"',
};

/** Lists persisted topics. Every method throws `DependencyError` when PostgreSQL is away. */
export class TopicList {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;
  #totals: { at: number; read: Promise<PersistedTotals> } | undefined;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  async count(search: string): Promise<number> {
    if (search === "") {
      const kept = await this.#keptTotals(await this.#applied());
      if (kept) return kept.topics;
    }
    const [row] = await this.#run<{ count: number }>(
      `SELECT count(*)::int AS count FROM forum_topic_view_stats WHERE ${matches}`,
      [this.#daoSlug, pattern(search)],
    );
    return row?.count ?? 0;
  }

  /** The topic with exactly the searched id comes first. */
  async list(
    { search, sort, direction }: TopicFilter,
    { offset, count }: { offset: number; count: number },
  ): Promise<PersistedTopic[]> {
    const order = direction === "asc" ? "ASC" : "DESC";
    const values = [this.#daoSlug, pattern(search), count, offset];
    if (sort === "topicId") {
      if (search === "") return this.#byIndex(order, values);
      return this.#sorted(`"topicId" = $5 DESC, "topicId" ${order}`, [...values, search]);
    }
    const column = `${orders[sort]} ${order}, "topicId"`;
    if (search === "") return this.#sorted(column, values);
    return this.#sorted(`"topicId" = $5 DESC, ${column}`, [...values, search]);
  }

  /** The next `count` topics that match, by their id, after one. */
  async after(
    search: string,
    topicId: string | undefined,
    count: number,
  ): Promise<PersistedTopic[]> {
    return this.#run<PersistedTopic>(
      `SELECT ${columns} FROM forum_topic_view_stats
       WHERE ${matches} AND "topicId" > $3 ORDER BY "topicId" LIMIT $4`,
      [this.#daoSlug, pattern(search), topicId ?? "", count],
    );
  }

  /**
   * Sums over the whole table, which takes a fraction of a second for a million topics: they are kept
   * while no sync applies anything more than `applied` (from the books; undefined when that is unknown).
   */
  async totals(applied: number | undefined): Promise<PersistedTotals> {
    const kept = await this.#keptTotals(applied);
    if (kept) return kept;
    const read = this.#sum();
    this.#totals = { at: performance.now(), read };
    return read;
  }

  async #keptTotals(applied: number | undefined): Promise<PersistedTotals | undefined> {
    const kept = this.#totals;
    if (!kept || performance.now() - kept.at > TOTALS_SECONDS * 1_000) return undefined;
    const totals = await kept.read.catch(() => undefined);
    return applied === undefined || totals?.applied === applied ? totals : undefined;
  }

  async #applied(): Promise<number> {
    const [row] = await this.#run<{ applied: string }>(
      `SELECT applied FROM view_books WHERE dao_slug = $1`,
      [this.#daoSlug],
    );
    return Number(row?.applied ?? 0);
  }

  /** One statement, so that all of it is of one moment. */
  async #sum(): Promise<PersistedTotals> {
    const [row] = await this.#run<{
      topics: number;
      views: string;
      applied: string;
      top: PersistedTotals["top"];
    }>(
      `WITH top AS (
         SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1
         ORDER BY views DESC, "topicId" LIMIT ${TOP}
       )
       SELECT count(*)::int AS topics, COALESCE(sum(views), 0) AS views,
         COALESCE((SELECT applied FROM view_books WHERE dao_slug = $1), 0) AS applied,
         COALESCE((
           SELECT jsonb_agg(jsonb_build_object('topicId', "topicId", 'views', views)
             ORDER BY views DESC, "topicId") FROM top
         ), '[]') AS top
       FROM forum_topic_view_stats WHERE dao_slug = $1`,
      [this.#daoSlug],
    );
    const { topics, views, applied, top } = row!;
    return { topics, views: Number(views), applied: Number(applied), top };
  }

  /** The ids of the page come from the index alone, however deep it is. */
  async #byIndex(order: string, values: unknown[]): Promise<PersistedTopic[]> {
    return this.#run<PersistedTopic>(
      `SELECT ${columns} FROM (
         SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1 AND $2 = ''
         ORDER BY "topicId" ${order} LIMIT $3 OFFSET $4
       ) AS page JOIN forum_topic_view_stats AS stats USING ("topicId")
       WHERE stats.dao_slug = $1 ORDER BY "topicId" ${order}`,
      values,
    );
  }

  async #sorted(order: string, values: unknown[]): Promise<PersistedTopic[]> {
    return this.#run<PersistedTopic>(
      `SELECT ${columns} FROM forum_topic_view_stats WHERE ${matches}
       ORDER BY ${order} LIMIT $3 OFFSET $4`,
      values,
    );
  }

  #run<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return onDatabase(() => runStatement<Row>(this.#pool, text, values));
  }
}

function pattern(search: string): string {
  return search === "" ? "" : containsPattern(search);
}
