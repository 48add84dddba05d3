import type pg from "pg";
import { plainText } from "~/lib/plain-text";
import { type PrismaClient, runStatement } from "~/platform/postgres.server";
import { TOPIC_ID_PATTERN } from "~/sync/target";
import type { TopicEntry } from "./topic-entry";
import { addressesAbove, searchText, webAddress, wordSearch } from "./topic-search";

export interface UpsertCounts {
  created: number;
  updated: number;
  unchanged: number;
}

/** How a topic is shown. What is not known of it is null. */
export interface TopicName {
  title: string | null;
  url: string | null;
  category: string | null;
  /** Whether the forum hides the topic; then the title says so, and not what the topic is called. */
  hidden: boolean;
}

const LONGEST_TITLE = 300;
const LONGEST_CATEGORY = 100;
const HIDDEN_TITLE = "Hidden topic";

/** What is written of a topic, in the order of the parameters of `upsertTopics`. */
const fields = ["topicId", "title", "url", "category", "createdAt", "hidden", "search"] as const;

/** $1 dao, $2 to $8 fields. Unchanged topics are filtered out first, so that their rows are not locked. */
const upsertTopics = `
WITH wanted AS (
  SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::boolean[], $8::text[])
    AS wanted("topicId", title, url, category, created_at, hidden, search)
), changed AS (
  SELECT wanted.* FROM wanted LEFT JOIN topics AS topic
    ON topic.dao_slug = $1 AND topic."topicId" = wanted."topicId"
  WHERE topic."topicId" IS NULL
    OR (topic.title, topic.url, topic.category, topic.created_at, topic.hidden, topic.search)
      IS DISTINCT FROM
      (wanted.title, wanted.url, wanted.category, wanted.created_at, wanted.hidden, wanted.search)
), written AS (
  INSERT INTO topics AS topic (dao_slug, "topicId", title, url, category, created_at, hidden, search)
  SELECT $1, "topicId", title, url, category, created_at, hidden, search FROM changed ORDER BY "topicId"
  ON CONFLICT (dao_slug, "topicId") DO UPDATE SET title = excluded.title, url = excluded.url,
    category = excluded.category, created_at = excluded.created_at, hidden = excluded.hidden,
    search = excluded.search, updated_at = clock_timestamp()
  RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new)::int AS created, count(*) FILTER (WHERE NOT is_new)::int AS updated
FROM written`;

/** $1 dao, $2 trigrams, $3 patterns, $4 topics. */
const matchingTopics = `
SELECT "topicId" FROM topics
WHERE dao_slug = $1 AND topic_trigrams(search) @> $2::text[] AND ' ' || search LIKE ALL($3::text[])
LIMIT $4`;

/** $1 dao, $2 ids. */
const existingTopics = `
SELECT "topicId" FROM topics WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])
UNION SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])`;

/** Steps from one category to the next in the index, however many topics each has. $1 dao. */
const allCategories = `
WITH RECURSIVE category(name) AS (
  SELECT min(category) FROM topics WHERE dao_slug = $1
  UNION ALL
  SELECT (SELECT min(category) FROM topics WHERE dao_slug = $1 AND category > category.name)
  FROM category WHERE name IS NOT NULL
)
SELECT name FROM category WHERE name IS NOT NULL`;

/** Titles and other facts of topics. Every method throws `DependencyError` when PostgreSQL is away. */
export class TopicDirectory {
  constructor(
    private readonly dependencies: {
      pool: pg.Pool;
      prisma: PrismaClient;
      daoSlug: string;
      /** With `{topicId}` in it. */
      topicUrl: string | undefined;
    },
  ) {}

  /** Writes these entries, each about a different topic. May be repeated. */
  async upsert(entries: TopicEntry[]): Promise<UpsertCounts> {
    const rows = entries.map(rowOf);
    const columns = fields.map((name) => rows.map((row) => row[name]));
    const [counts] = await this.#run<{ created: number; updated: number }>(
      upsertTopics,
      ...columns,
    );
    const { created, updated } = counts!;
    return { created, updated, unchanged: entries.length - created - updated };
  }

  /** How each of these topics is shown, be it in the directory or not. */
  async names(topicIds: string[]): Promise<Map<string, TopicName>> {
    const { prisma, daoSlug: dao_slug, topicUrl } = this.dependencies;
    const topics = await prisma.topic.findMany({
      where: { dao_slug, topicId: { in: topicIds } },
      select: { topicId: true, title: true, url: true, category: true, hidden: true },
    });
    const known = new Map(topics.map((topic) => [topic.topicId, topic]));
    return new Map(
      topicIds.map((topicId) => {
        const topic = known.get(topicId);
        const url = topic?.url ?? topicUrl?.replaceAll("{topicId}", topicId) ?? null;
        const { title = null, category = null, hidden = false } = topic ?? {};
        const shown = hidden ? { title: HIDDEN_TITLE, url: null } : { title, url };
        return [topicId, { ...shown, category, hidden }];
      }),
    );
  }

  /** The same rows, each with its topic's `TopicName` added. */
  async named<Row extends { topicId: string | null }>(rows: Row[]) {
    const topicIds = new Set(rows.flatMap(({ topicId }) => topicId ?? []));
    const names = topicIds.size === 0 ? undefined : await this.names([...topicIds]);
    return rows.map((row) => ({ ...row, name: names?.get(row.topicId ?? "") ?? null }));
  }

  /**
   * The ids of at most `limit` topics whose title or id contains every word of a text, the topic with exactly
   * this id first. If the text is a web address: the topic at that address. Titles of hidden topics are not
   * searched.
   */
  async search(text: string, limit: number): Promise<string[]> {
    const address = webAddress(text);
    if (address) return this.#topicsAt(address);
    const words = wordSearch(text);
    if (!words) return [];
    const exact = text.trim();
    const [same, found] = await Promise.all([
      this.#existing([exact]),
      this.#ids(matchingTopics, words.trigrams, words.patterns, limit),
    ]);
    return [...new Set([...same, ...found])].slice(0, limit);
  }

  /** All categories that topics have, in order. */
  async categories(): Promise<string[]> {
    const rows = await this.#run<{ name: string }>(allCategories);
    return rows.map(({ name }) => name);
  }

  /** Finds topics by the address that came with them, by TOPIC_URL, or by a topic id in the path. */
  async #topicsAt(address: URL): Promise<string[]> {
    const { prisma, daoSlug: dao_slug, topicUrl } = this.dependencies;
    const addresses = addressesAbove(address);
    const topics = await prisma.topic.findMany({
      where: { dao_slug, url: { in: addresses } },
      select: { topicId: true, url: true },
    });
    const nearest = addresses.find((url) => topics.some((topic) => topic.url === url));
    if (nearest) return topics.filter(({ url }) => url === nearest).map(({ topicId }) => topicId);
    const [before = ""] = topicUrl?.split("{topicId}") ?? [];
    if (before && address.href.startsWith(before)) {
      const [topicId = ""] = /^[A-Za-z0-9_-]+/.exec(address.href.slice(before.length)) ?? [];
      if (TOPIC_ID_PATTERN.test(topicId)) return [topicId];
    }
    return this.#existing(address.pathname.split("/"));
  }

  #existing(texts: string[]): Promise<string[]> {
    const topicIds = texts.filter((text) => TOPIC_ID_PATTERN.test(text));
    return this.#ids(existingTopics, topicIds);
  }

  async #ids(statement: string, ...values: unknown[]): Promise<string[]> {
    const rows = await this.#run<{ topicId: string }>(statement, ...values);
    return rows.map(({ topicId }) => topicId);
  }

  #run<Row extends pg.QueryResultRow>(statement: string, ...values: unknown[]): Promise<Row[]> {
    const { pool, daoSlug } = this.dependencies;
    return runStatement(pool, statement, [daoSlug, ...values]);
  }
}

function rowOf({ topicId, title, url, category, createdAt, hidden }: TopicEntry) {
  const shown = plainText(title, LONGEST_TITLE);
  return {
    topicId,
    title: shown,
    url: url?.trim() ?? null,
    category: plainText(category ?? "", LONGEST_CATEGORY) || null,
    // To the millisecond, as it is stored: more digits would look like a change the next time.
    createdAt: createdAt ? new Date(createdAt).toISOString() : null,
    hidden: hidden ?? false,
    search: searchText(hidden ? topicId : `${shown} ${topicId}`),
  };
}
