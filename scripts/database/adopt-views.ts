/**
 * Adds the views of one DAO from the table of another implementation to ours. This may be repeated: what was
 * added for each topic is recorded, and only the topic's growth since then is added.
 */
import pg from "pg";
import type { OldTable } from "./old-table";

export interface Adoption {
  topics: number;
  views: number;
  /** Rows that were not adopted, by reason. */
  leftAlone: Map<string, number>;
}

export interface AdoptedDao {
  /** As in DAO_SLUG. */
  daoSlug: string;
  /** As in the old table, which is compared without case. */
  oldSlug: string;
}

interface OldRow {
  topic: string | null;
  views: string | null;
  updated: string;
}

/** Topics that one statement adds. */
const CHUNK_SIZE = 5_000;
const MOST_VIEWS = 2_147_483_647;

/**
 * Rows are locked in the same order as by a sync: topics, then the books. These views were never accepted in
 * Redis, so both sides of the balance grow by them: what is applied, and what is adopted. They are added to
 * no day, because it is not known on which days they were counted.
 * $1 dao, $2 topics, $3 views, $4 when they were last counted.
 */
const adoptChunk = `
WITH grown AS (
  SELECT topic_id, wanted.views AS seen, updated,
    (wanted.views - COALESCE(adopted.views, 0))::int AS views, adopted.views IS NULL AS is_new
  FROM unnest($2::text[], $3::int[], $4::timestamp[]) AS wanted(topic_id, views, updated)
  LEFT JOIN adopted_topics AS adopted ON adopted.dao_slug = $1 AND adopted."topicId" = topic_id
  WHERE adopted.views IS NULL OR wanted.views > adopted.views
), applied AS (
  INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated")
  SELECT $1, topic_id, views, updated FROM grown
  ON CONFLICT (dao_slug, "topicId") DO UPDATE
    SET views = stats.views + excluded.views,
      "lastUpdated" = GREATEST(stats."lastUpdated", excluded."lastUpdated")
    WHERE stats.views <= ${MOST_VIEWS} - excluded.views
  RETURNING "topicId"
), taken AS (
  SELECT grown.* FROM grown JOIN applied ON applied."topicId" = topic_id
), kept AS (
  INSERT INTO adopted_topics (dao_slug, "topicId", views) SELECT $1, topic_id, seen FROM taken
  ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = excluded.views
), sums AS (
  SELECT count(*)::int AS topics, COALESCE(sum(views), 0)::bigint AS views FROM taken
), booked AS (
  INSERT INTO view_books AS books (dao_slug, applied, adopted) SELECT $1, views, views FROM sums
  ON CONFLICT (dao_slug) DO UPDATE
    SET applied = books.applied + excluded.applied, adopted = books.adopted + excluded.adopted
)
SELECT topics, views, (SELECT count(*)::int FROM grown) - topics AS full FROM sums`;

/** Runs within the current transaction, or within a new one for each chunk. */
type Transact = <T>(client: pg.Client, use: () => Promise<T>) => Promise<T>;

export const inTransaction: Transact = async (client, use) => {
  await client.query("BEGIN");
  try {
    const result = await use();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
};

/** Continues the caller's transaction. */
export const withinTransaction: Transact = (_client, use) => use();

/**
 * `source` reads within one transaction of its own, so that it sees one moment; `target` writes. They may be the
 * same connection, with `withinTransaction`.
 */
export async function adoptViews(
  source: pg.Client,
  table: OldTable,
  target: pg.Client,
  dao: AdoptedDao,
  transact: Transact,
): Promise<Adoption> {
  const adoption: Adoption = { topics: 0, views: 0, leftAlone: new Map() };
  const leave = (reason: string, rows: number) => {
    if (rows > 0) adoption.leftAlone.set(reason, (adoption.leftAlone.get(reason) ?? 0) + rows);
  };
  for await (const rows of readRows(source, table, dao.oldSlug)) {
    const usable = rows.filter(({ topic, views }) => {
      const problem = problemOf(topic, views);
      if (problem) leave(problem, 1);
      return problem === undefined;
    });
    // In the order in which a sync locks them.
    usable.sort((a, b) => (a.topic! < b.topic! ? -1 : 1));
    const { topics, views, full } = await transact(target, () => addChunk(target, dao, usable));
    adoption.topics += topics;
    adoption.views += Number(views);
    leave(`the topic would have more than ${MOST_VIEWS} views`, full);
  }
  const others = await rowsOfOthers(source, table, dao.oldSlug);
  leave("of another DAO", others);
  await target.query(
    `INSERT INTO view_books (dao_slug, other_daos) VALUES ($1, $2)
     ON CONFLICT (dao_slug) DO UPDATE SET other_daos = excluded.other_daos`,
    [dao.daoSlug, others > 0],
  );
  return adoption;
}

/** Reads a topic's rows as one, because a text column may have the same DAO in two spellings. */
async function* readRows(
  client: pg.Client,
  { rows: table, columns: { dao, topic, views, updated } }: OldTable,
  oldSlug: string,
): AsyncGenerator<OldRow[]> {
  await client.query("SET LOCAL TIME ZONE 'UTC'");
  await client.query(`
    DECLARE old_rows NO SCROLL CURSOR FOR
    SELECT ${topic.name}::text AS topic, sum(${views.name})::text AS views,
      COALESCE(max(${updated.name})::timestamp, now()::timestamp)::text AS updated
    FROM ${table} WHERE lower(${dao.name}::text) = ${pg.escapeLiteral(oldSlug.toLowerCase())}
    GROUP BY 1`);
  for (;;) {
    const { rows } = await client.query<OldRow>(`FETCH ${CHUNK_SIZE} FROM old_rows`);
    if (rows.length > 0) yield rows;
    if (rows.length < CHUNK_SIZE) break;
  }
  await client.query("CLOSE old_rows");
}

async function rowsOfOthers(
  client: pg.Client,
  { rows: table, columns }: OldTable,
  oldSlug: string,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table}
     WHERE lower(${columns.dao.name}::text) <> $1`,
    [oldSlug.toLowerCase()],
  );
  return rows[0]?.count ?? 0;
}

function problemOf(topic: string | null, views: string | null): string | undefined {
  if (topic === null || !/^[A-Za-z0-9_-]{1,100}$/.test(topic)) return "the id is unusable";
  const isCount = views !== null && /^\d{1,10}$/.test(views) && Number(views) <= MOST_VIEWS;
  return isCount ? undefined : "the number of views is unusable";
}

/** Two adoptions at once would both see the same growth of a topic, and both add it. */
export async function keepOthersOut(client: pg.Client, { daoSlug }: AdoptedDao): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('forum-views adopt'), hashtext($1))", [
    daoSlug,
  ]);
}

async function addChunk(client: pg.Client, dao: AdoptedDao, rows: OldRow[]) {
  await keepOthersOut(client, dao);
  const { rows: sums } = await client.query<{ topics: number; views: string; full: number }>(
    adoptChunk,
    [
      dao.daoSlug,
      rows.map(({ topic }) => topic),
      rows.map(({ views }) => views),
      rows.map(({ updated }) => updated),
    ],
  );
  return sums[0]!;
}
