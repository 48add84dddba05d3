import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { TopicsParams } from "~/lists/list-search";
import { pageInfo, type PageInfo } from "~/lists/paging";
import { containsPattern } from "~/lib/like-pattern";
import {
  LONGEST_RANKING,
  markColumns,
  rankedOrders,
  type PersistedTotals,
  type TopicRankings,
} from "./topic-rankings.server";

/** The persisted views of a topic. */
export interface PersistedTopic {
  topicId: string;
  views: number;
  lastUpdated: Date;
}

export type TopicFilter = Pick<TopicsParams, "search" | "sort" | "direction">;

export interface TopicPage {
  topicIds: string[];
  page: PageInfo;
  /** How many of the rows can be paged to, where that is not all of them. */
  reachable: number | undefined;
}

interface Place {
  offset: number;
  count: number;
}

/** pg would read a timestamp without a zone as local time. */
const columns = `"topicId", views, "lastUpdated" AT TIME ZONE 'UTC' AS "lastUpdated"`;

/** Lists persisted topics. Every method throws `DependencyError` when PostgreSQL is away. */
export class TopicList {
  readonly #pool: pg.Pool;
  readonly #rankings: TopicRankings;
  readonly #daoSlug: string;

  constructor(dependencies: { pool: pg.Pool; rankings: TopicRankings; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#rankings = dependencies.rankings;
    this.#daoSlug = dependencies.daoSlug;
  }

  /** The page that is wanted, or the last one. The topic with exactly the searched id comes first. */
  async page(filter: TopicFilter, wanted: { page: number; pageSize: number }): Promise<TopicPage> {
    return filter.search === "" ? this.#anyOf(filter, wanted) : this.#searched(filter, wanted);
  }

  /** The next `count` topics that match, by their id, after one. */
  async after(
    search: string,
    topicId: string | undefined,
    count: number,
  ): Promise<PersistedTopic[]> {
    return runStatement<PersistedTopic>(
      this.#pool,
      `SELECT ${columns} FROM forum_topic_view_stats
       WHERE dao_slug = $1 AND ($2 = '' OR "topicId" LIKE $2) AND "topicId" > $3
       ORDER BY "topicId" LIMIT $4`,
      [this.#daoSlug, search === "" ? "" : containsPattern(search), topicId ?? "", count],
    );
  }

  /** `changes` as in the books by now (`markOf`); undefined when that is unknown. */
  totals(changes: number | undefined): Promise<PersistedTotals> {
    return this.#rankings.totals(changes);
  }

  async #anyOf(
    { sort, direction }: TopicFilter,
    wanted: { page: number; pageSize: number },
  ): Promise<TopicPage> {
    const changes = await this.#changes();
    if (sort === "topicId") {
      const { topics } = await this.#rankings.totals(changes);
      const page = pageInfo(topics, wanted);
      const topicIds = await this.#byIndex(direction, page);
      return { topicIds, page, reachable: undefined };
    }
    const [{ topics }, ranking] = await Promise.all([
      this.#rankings.totals(changes),
      this.#rankings.topicIds(sort, direction, changes),
    ]);
    const page = pageInfo(topics, wanted, LONGEST_RANKING);
    return { topicIds: slice(ranking, placeOf(page)), page, reachable: capOf(topics) };
  }

  /** The ids come from the index alone, from its nearer end. */
  async #byIndex(
    direction: TopicFilter["direction"],
    { total, offset, pageSize }: PageInfo,
  ): Promise<string[]> {
    const count = Math.min(pageSize, total - offset);
    const behind = total - offset - count;
    const isFromEnd = behind < offset;
    const order = (direction === "asc") === isFromEnd ? "DESC" : "ASC";
    const rows = await runStatement<{ topicId: string }>(
      this.#pool,
      `SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1
       ORDER BY "topicId" ${order} LIMIT $2 OFFSET $3`,
      [this.#daoSlug, count, isFromEnd ? behind : offset],
    );
    const topicIds = rows.map(({ topicId }) => topicId);
    return isFromEnd ? topicIds.reverse() : topicIds;
  }

  async #searched(
    filter: TopicFilter,
    wanted: { page: number; pageSize: number },
  ): Promise<TopicPage> {
    const first = await this.#find(filter, placeOf(pageInfo(LONGEST_RANKING, wanted)));
    if (first.total > LONGEST_RANKING) {
      const page = { ...pageInfo(LONGEST_RANKING, wanted), hasMore: true };
      const topicIds = await this.#foundMany(filter, placeOf(page), first.hasExact);
      return { topicIds, page, reachable: LONGEST_RANKING };
    }
    const page = pageInfo(first.total, wanted);
    const isThere = page.page === wanted.page;
    const { topicIds } = isThere ? first : await this.#find(filter, placeOf(page));
    return { topicIds, page, reachable: undefined };
  }

  /** Counts and sorts in one pass over the table, which ends early where too many match to be sorted. */
  async #find(filter: TopicFilter, { offset, count }: Place) {
    const [row] = await runStatement<{ total: number; hasExact: boolean; ids: string[] }>(
      this.#pool,
      `WITH found AS MATERIALIZED (
         SELECT "topicId", views, "lastUpdated" FROM forum_topic_view_stats
         WHERE dao_slug = $1 AND "topicId" LIKE $2 LIMIT ${LONGEST_RANKING + 1}
       )
       SELECT (SELECT count(*)::int FROM found) AS total,
         EXISTS (
           SELECT FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = $3
         ) AS "hasExact",
         ARRAY(
           SELECT "topicId" FROM found
           ORDER BY "topicId" = $3 DESC, ${orderOf(filter)} LIMIT $4 OFFSET $5
         ) AS ids`,
      [this.#daoSlug, containsPattern(filter.search), filter.search, count, offset],
    );
    const { total, hasExact, ids } = row!;
    return { total, hasExact, topicIds: ids };
  }

  /** Where many match, the ranking of all topics is likely to hold enough of them. */
  async #foundMany(filter: TopicFilter, place: Place, hasExact: boolean): Promise<string[]> {
    const { search, sort, direction } = filter;
    const exact = hasExact ? [search] : [];
    if (sort !== "topicId") {
      const ranking = await this.#rankings.topicIds(sort, direction, await this.#changes());
      const others = ranking.filter((id) => id.includes(search) && id !== search);
      const topicIds = slice([...exact, ...others], place);
      if (topicIds.length === place.count) return topicIds;
    }
    // The exact one is left out, not sorted first, so that the index can give the order by id.
    const others = await runStatement<{ topicId: string }>(
      this.#pool,
      `SELECT "topicId" FROM forum_topic_view_stats
       WHERE dao_slug = $1 AND "topicId" LIKE $2 AND "topicId" <> $3
       ORDER BY ${orderOf(filter)} LIMIT $4 OFFSET $5`,
      [
        this.#daoSlug,
        containsPattern(search),
        search,
        place.count,
        Math.max(0, place.offset - exact.length),
      ],
    );
    const first = place.offset === 0 ? exact : [];
    return [...first, ...others.map(({ topicId }) => topicId)].slice(0, place.count);
  }

  async #changes(): Promise<number> {
    const [row] = await runStatement<{ changes: string }>(
      this.#pool,
      `SELECT ${markColumns} FROM view_books WHERE dao_slug = $1`,
      [this.#daoSlug],
    );
    return Number(row?.changes ?? 0);
  }
}

function orderOf({ sort, direction }: TopicFilter): string {
  if (sort === "topicId") return `"topicId" ${direction === "asc" ? "ASC" : "DESC"}`;
  return rankedOrders[sort][direction];
}

function placeOf({ offset, pageSize }: PageInfo): Place {
  return { offset, count: pageSize };
}

function slice(topicIds: string[], { offset, count }: Place): string[] {
  return topicIds.slice(offset, offset + count);
}

function capOf(topics: number): number | undefined {
  return topics > LONGEST_RANKING ? LONGEST_RANKING : undefined;
}
