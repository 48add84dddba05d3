import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { Direction, TopicsParams } from "~/lists/list-search";
import type { Books } from "~/sync/balance/books.server";

/** Where the books say that the persisted counts stand. */
export interface PersistedMark {
  /** Rises with everything that changes them: views that are applied or taken off, topics that are removed. */
  changes: number;
  /** Views that were added since the books were opened, less those that were removed. */
  added: number;
}

/** What is persisted of a DAO, all at one moment. */
export interface PersistedTotals extends PersistedMark {
  topics: number;
  views: number;
  /** The topics with most views. */
  top: Array<{ topicId: string; views: number }>;
}

/** The columns that no index keeps in order. */
export type RankedColumn = Exclude<TopicsParams["sort"], "topicId">;

/**
 * Topics that a ranking holds. A page a hundred thousand rows deep would have to sort the whole table
 * on disk.
 */
export const LONGEST_RANKING = 10_000;

const TOP = 10;
/** Seconds after which the table is read anew although the books show no change. */
const KEPT_SECONDS = 60;

interface Ranking {
  /** The first `LONGEST_RANKING` topics. */
  topicIds: string[];
  changes: number;
}

interface Totals extends PersistedTotals, Ranking {
  /** The views of the last topic of a full ranking. */
  leastViews: number;
}

export const rankedOrders: Record<RankedColumn, Record<Direction, string>> = {
  views: { desc: 'views DESC, "topicId"', asc: 'views ASC, "topicId"' },
  lastUpdated: {
    desc: '"lastUpdated" DESC, "topicId"',
    asc: '"lastUpdated" ASC, "topicId"',
  },
};

/** The columns of a `PersistedMark`, from the books. */
/** Views that are taken off a topic go from applied to discarded, and so count once more. */
export const markColumns = `applied + 2 * discarded + removed_topics AS changes,
  applied - removed_views AS added`;

export function markOf({
  applied,
  discarded,
  removed,
}: Pick<Books, "applied" | "discarded" | "removed">): PersistedMark {
  return { changes: applied + 2 * discarded + removed.topics, added: applied - removed.views };
}

const books = `SELECT ${markColumns} FROM view_books WHERE dao_slug = $1`;
const byViews = `ORDER BY ${rankedOrders.views.desc} LIMIT ${LONGEST_RANKING}`;

/**
 * Everything in one pass over the table, which sorts those above a limit ($2) only; without one, a second
 * pass finds the ranking.
 */
const totals = (hasLimit: boolean) => `
WITH sums AS MATERIALIZED (
  SELECT count(*)::int AS topics, COALESCE(sum(views), 0) AS views,
    array_agg("topicId") FILTER (WHERE views >= $2::int) AS ids,
    array_agg(views) FILTER (WHERE views >= $2::int) AS counts
  FROM forum_topic_view_stats WHERE dao_slug = $1
), ranked AS MATERIALIZED (
  SELECT "topicId", views
  FROM ${
    hasLimit
      ? `(
    SELECT listed.* FROM sums, unnest(ids, counts) AS listed("topicId", views)
  ) AS above`
      : "forum_topic_view_stats WHERE dao_slug = $1"
  }
  ${byViews}
)
SELECT topics, views, COALESCE(changes, 0) AS changes, COALESCE(added, 0) AS added,
  COALESCE((SELECT json_agg("topicId") FROM ranked), '[]') AS ids,
  COALESCE((SELECT json_agg(views) FROM ranked), '[]') AS counts
FROM sums LEFT JOIN (${books}) AS mark ON true`;

const ranking = (order: string) => `
SELECT COALESCE(changes, 0) AS changes, to_json(ARRAY(
  SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1
  ORDER BY ${order} LIMIT ${LONGEST_RANKING}
)) AS ids
FROM (SELECT 1) AS one LEFT JOIN (${books}) AS mark ON true`;

/**
 * What only a pass over the whole table can tell: a tenth of a second for a million topics. It is kept
 * while the books show no change since. Both methods throw `DependencyError`.
 */
export class TopicRankings {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;
  readonly #totals = new Kept((former: Totals | undefined) => this.#readTotals(former));
  readonly #rankings = new Map<string, Kept<Ranking>>();

  constructor(dependencies: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  /** `changes` as in the books by now; undefined when that is unknown. */
  totals(changes: number | undefined): Promise<PersistedTotals> {
    return this.#totals.get(changes);
  }

  async topicIds(column: RankedColumn, direction: Direction, changes: number): Promise<string[]> {
    const order = rankedOrders[column][direction];
    if (order === rankedOrders.views.desc) return (await this.#totals.get(changes)).topicIds;
    const kept = this.#rankings.get(order) ?? new Kept(() => this.#readRanking(order));
    this.#rankings.set(order, kept);
    return (await kept.get(changes)).topicIds;
  }

  async #readRanking(order: string): Promise<Ranking> {
    const [row] = await runStatement<{ changes: string; ids: string[] }>(
      this.#pool,
      ranking(order),
      [this.#daoSlug],
    );
    return { topicIds: row!.ids, changes: Number(row!.changes) };
  }

  /**
   * The topics of a full ranking hardly ever have fewer views later on, so the least of them is the limit for
   * the next time. Where topics were removed or views were taken off, too few may be found: it starts afresh.
   */
  async #readTotals(former: Totals | undefined): Promise<Totals> {
    const [row] = await runStatement<{
      topics: number;
      views: string;
      changes: string;
      added: string;
      ids: string[];
      counts: number[];
    }>(this.#pool, totals(former !== undefined), [this.#daoSlug, former?.leastViews ?? null]);
    const { topics, views, changes, added, ids, counts } = row!;
    if (former && ids.length < Math.min(topics, LONGEST_RANKING))
      return this.#readTotals(undefined);
    return {
      topics,
      views: Number(views),
      changes: Number(changes),
      added: Number(added),
      top: ids.slice(0, TOP).map((topicId, index) => ({ topicId, views: counts[index]! })),
      topicIds: ids,
      leastViews: ids.length < LONGEST_RANKING ? 0 : counts.at(-1)!,
    };
  }
}

/** One value, read again as soon as the books show a change since it was read. */
class Kept<Value extends { changes: number }> {
  readonly #read: (former: Value | undefined) => Promise<Value>;
  #last: { at: number; read: Promise<Value> } | undefined;

  constructor(read: (former: Value | undefined) => Promise<Value>) {
    this.#read = read;
  }

  async get(changes: number | undefined): Promise<Value> {
    const last = this.#last;
    const value = await last?.read.catch(() => undefined);
    const isYoung = last !== undefined && performance.now() - last.at <= KEPT_SECONDS * 1_000;
    if (value && isYoung && (changes === undefined || value.changes === changes)) return value;
    // Somebody else has begun to read meanwhile.
    if (this.#last !== last) return this.get(changes);
    const read = this.#read(value);
    this.#last = { at: performance.now(), read };
    return read;
  }
}
