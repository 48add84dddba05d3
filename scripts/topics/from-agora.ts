import pg from "pg";
import type { SourcePage } from "./write-topics";

/** The tables and columns of Agora's database that are read. */
const columns = {
  forum_topics: "id dao_slug title category_id deleted_at reveal_time created_at".split(" "),
  forum_categories: ["id", "name"],
};

const PAGE = 1_000;

const columnsOf = `
SELECT attname AS name FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`;

/** The topics of one DAO; its name is compared without case. @throws Error that names what the tables lack */
export async function* fromAgora(
  client: pg.Client,
  { schema, dao }: { schema: string; dao: string },
): AsyncGenerator<SourcePage> {
  const [topics = "", categories = ""] = await findTables(client, schema);
  await client.query("SET TIME ZONE 'UTC'");
  let after = "";
  for (;;) {
    // Agora stores no address of a topic; TOPIC_URL gives it.
    const { rows } = await client.query<SourcePage["topics"][number] & { topicId: string }>(
      `SELECT topic.id::text AS "topicId", topic.title::text, NULL AS url, category.name::text AS category,
         to_char(topic.created_at::timestamptz, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt",
         topic.deleted_at IS NOT NULL OR COALESCE(topic.reveal_time::timestamptz > now(), false) AS hidden
       FROM ${topics} AS topic LEFT JOIN ${categories} AS category ON category.id = topic.category_id
       WHERE lower(topic.dao_slug::text) = lower($1) AND ($2 = '' OR topic.id > $2::bigint)
       ORDER BY topic.id LIMIT ${PAGE}`,
      [dao, after],
    );
    yield { topics: rows, nameOf: (index) => `topic ${rows[index]?.topicId}` };
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.topicId;
  }
}

async function findTables(client: pg.Client, schema: string): Promise<string[]> {
  const tables: string[] = [];
  const missing: string[] = [];
  for (const [table, names] of Object.entries(columns)) {
    const name = `${pg.escapeIdentifier(schema)}.${table}`;
    const { rows } = await client.query<{ name: string }>(columnsOf, [name]);
    if (rows.length === 0) {
      throw new Error(`there is no table ${schema}.${table} in this database: see --schema`);
    }
    const found = rows.map((row) => row.name);
    missing.push(
      ...names.filter((column) => !found.includes(column)).map((column) => `${table}.${column}`),
    );
    tables.push(name);
  }
  if (missing.length > 0) {
    throw new Error(
      `the tables in ${schema} are not those of Agora's forum: they lack ${missing.join(", ")}`,
    );
  }
  return tables;
}
