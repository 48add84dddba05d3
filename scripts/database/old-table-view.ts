/** Replaces the old table by a view, so that its readers see what Forum Views counts, and undoes that. */
import pg from "pg";
import { type AdoptedDao, keepOthersOut } from "./adopt-views";
import { nameAside, type OldTable, viewMark } from "./old-table";

/** The table's names once the view of this DAO has taken its own: quoted, without the schema and with it. */
function asideOf({ schema, bareName }: OldTable, { oldSlug }: AdoptedDao) {
  const bare = pg.escapeIdentifier(nameAside(bareName, oldSlug));
  return { bare, aside: `${schema}.${bare}` };
}

/** Within a transaction that has locked the table. Its readers keep their right to read. */
export async function replaceWithView(
  client: pg.Client,
  table: OldTable,
  dao: AdoptedDao,
): Promise<void> {
  if (table.furtherColumns.length > 0) {
    const names = table.furtherColumns.join(", ");
    throw new Error(`a view could not fill these columns of the table: ${names}`);
  }
  const { bare, aside } = asideOf(table, dao);
  const kind = await kindOf(client, table.name);
  await client.query(`ALTER ${kind} ${table.name} RENAME TO ${bare}`);
  await client.query(viewSql(table, aside, dao));
  const mark = pg.escapeLiteral(viewMark(dao.oldSlug));
  await client.query(`COMMENT ON VIEW ${table.name} IS ${mark}`);
  await client.query(
    `DO $$ DECLARE reader record; BEGIN
       FOR reader IN
         SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
         WHERE oid = ${pg.escapeLiteral(aside)}::regclass AND privilege_type = 'SELECT'
           AND grantee <> relowner
       LOOP
         EXECUTE format('GRANT SELECT ON ${table.name.replaceAll("'", "''")} TO %s',
           CASE WHEN reader.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(reader.grantee::regrole::text) END);
       END LOOP;
     END $$`,
  );
}

/**
 * The view has our rows for this DAO, except those that could not be adopted, and the old table's for all
 * others.
 */
function viewSql(table: OldTable, aside: string, dao: AdoptedDao): string {
  const { topic, views, updated, dao: daoColumn } = table.columns;
  const slug = pg.escapeLiteral(dao.daoSlug);
  const oldSlug = pg.escapeLiteral(dao.oldSlug.toLowerCase());
  const id = castId(topic.type);
  const zone = updated.type.includes("with time zone") ? " AT TIME ZONE 'UTC'" : "";
  return `
CREATE VIEW ${table.name} AS
SELECT ${pg.escapeLiteral(dao.oldSlug)}::${daoColumn.type} AS ${daoColumn.name}, ${id.cast} AS ${topic.name},
  stats.views::${views.type} AS ${views.name},
  (stats."lastUpdated"${zone})::${updated.type} AS ${updated.name}
FROM forum_topic_view_stats AS stats
WHERE stats.dao_slug = ${slug} AND ${id.condition}
UNION ALL
SELECT old.${daoColumn.name}, old.${topic.name}, old.${views.name}, old.${updated.name}
FROM ${aside} AS old
WHERE lower(old.${daoColumn.name}::text) <> ${oldSlug} OR NOT EXISTS (
  SELECT FROM adopted_topics AS adopted
  WHERE adopted.dao_slug = ${slug} AND adopted."topicId" = old.${topic.name}::text
)`;
}

/**
 * An id that does not fit the old type is no topic of the old table. A guard protects the cast, because SQL
 * evaluates conditions in any order.
 */
function castId(type: string): { cast: string; condition: string } {
  const digits = { smallint: 4, integer: 9, bigint: 18 }[type];
  if (digits === undefined) return { cast: `stats."topicId"::${type}`, condition: "true" };
  const condition = `stats."topicId" ~ '^(0|[1-9][0-9]{0,${digits - 1}})$'`;
  return { cast: `CASE WHEN ${condition} THEN stats."topicId"::${type} END`, condition };
}

/**
 * Adds growth to one row of each topic, since a text column may spell the DAO in two ways. $1 dao, $2 dao as
 * in the table.
 */
function addGrowth({ columns }: OldTable, place: string): string {
  const { dao, topic, views, updated } = columns;
  return `
WITH growth AS (
  SELECT stats."topicId" AS topic, (stats.views - COALESCE(adopted.views, 0))::int AS views,
    stats.views AS total, stats."lastUpdated" AS updated
  FROM forum_topic_view_stats AS stats
  LEFT JOIN adopted_topics AS adopted
    ON adopted.dao_slug = stats.dao_slug AND adopted."topicId" = stats."topicId"
  WHERE stats.dao_slug = $1 AND stats.views > COALESCE(adopted.views, 0)
), place AS (
  SELECT DISTINCT ON (${topic.name}::text) ctid, ${topic.name}::text AS topic FROM ${place}
  WHERE lower(${dao.name}::text) = lower($2)
), added AS (
  UPDATE ${place} AS old SET ${views.name} = old.${views.name} + growth.views,
    ${updated.name} = GREATEST(old.${updated.name}, growth.updated)
  FROM growth JOIN place USING (topic) WHERE old.ctid = place.ctid
  RETURNING growth.topic
), adopted AS (
  INSERT INTO adopted_topics (dao_slug, "topicId", views)
  SELECT $1, topic, total FROM growth JOIN added USING (topic)
  ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = excluded.views
)
SELECT topic, views, total, updated::text, topic IN (SELECT topic FROM added) AS "isAdded" FROM growth`;
}

interface Growth {
  topic: string;
  views: number;
  total: number;
  updated: string;
  isAdded: boolean;
}

/**
 * Puts the table back in its place, and adds what Forum Views has persisted since it was adopted. Within a
 * transaction. `leftAlone` are topics that the old table refuses.
 */
export async function putTableBack(client: pg.Client, table: OldTable, dao: AdoptedDao) {
  const { aside } = asideOf(table, dao);
  const own = table.views.indexOf(dao.oldSlug.toLowerCase());
  if (own > 0) throw new Error(`undo the view of ${table.views[0]} first: it stands over this one`);
  if (own === 0) {
    await client.query(`DROP VIEW ${table.name}`);
    const kind = await kindOf(client, aside);
    await client.query(`ALTER ${kind} ${aside} RENAME TO ${pg.escapeIdentifier(table.bareName)}`);
  }
  const rowsAt = table.rows === aside ? table.name : table.rows;
  await keepOthersOut(client, dao);
  await client.query("SET LOCAL TIME ZONE 'UTC'");
  const { rows } = await client.query<Growth>(addGrowth(table, rowsAt), [dao.daoSlug, dao.oldSlug]);
  const result = { topics: 0, views: 0, leftAlone: [] as string[] };
  for (const growth of rows) {
    if (growth.isAdded || (await insertRow(client, table, rowsAt, dao, growth))) {
      result.topics += 1;
      result.views += growth.views;
    } else {
      result.leftAlone.push(growth.topic);
    }
  }
  return result;
}

async function kindOf(client: pg.Client, relation: string): Promise<"VIEW" | "TABLE"> {
  const { rows } = await client.query<{ kind: string }>(
    "SELECT relkind AS kind FROM pg_class WHERE oid = $1::regclass",
    [relation],
  );
  return rows[0]?.kind === "v" ? "VIEW" : "TABLE";
}

/** One at a time: a topic that the table refuses, such as one that its forum has deleted, is left alone. */
async function insertRow(
  client: pg.Client,
  { columns }: OldTable,
  place: string,
  { daoSlug, oldSlug }: AdoptedDao,
  { topic, views, total, updated }: Growth,
): Promise<boolean> {
  const { dao, topic: id, views: count, updated: date } = columns;
  const names = [dao, id, count, date].map(({ name }) => name).join(", ");
  await client.query("SAVEPOINT topic");
  try {
    await client.query(
      `INSERT INTO ${place} (${names})
       VALUES ($1::text::${dao.type}, $2::text::${id.type}, $3, $4::text::${date.type})`,
      [oldSlug, topic, views, updated],
    );
    await client.query(
      `INSERT INTO adopted_topics (dao_slug, "topicId", views) VALUES ($1, $2, $3)
       ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = excluded.views`,
      [daoSlug, topic, total],
    );
    await client.query("RELEASE SAVEPOINT topic");
    return true;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query("ROLLBACK TO SAVEPOINT topic");
    return false;
  }
}
