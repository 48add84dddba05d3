import pg from "pg";

/**
 * The table in which another implementation keeps views. Some of its columns may have either of two names.
 */
export interface OldTable {
  /** Without a schema, and not quoted; everything else is quoted for SQL. */
  bareName: string;
  schema: string;
  /** The name that its readers use, with the schema. */
  name: string;
  /** The table with its rows, which has another name once views have replaced it. */
  rows: string;
  /**
   * The DAOs, in lower case, whose views have replaced it; the first is the outermost, and reads from the
   * next.
   */
  views: string[];
  columns: Record<"dao" | "topic" | "views" | "updated", OldColumn>;
  /** Those that Forum Views cannot fill. */
  furtherColumns: string[];
}

interface OldColumn {
  name: string;
  /** As SQL writes it, for example `config.dao_slug` or `timestamp(3) without time zone`. */
  type: string;
}

const columnNames = {
  dao: ["dao_slug"],
  topic: ["topicId", "topic_id"],
  views: ["views"],
  updated: ["lastUpdated", "last_updated"],
};

/** The table's name while a view has taken its own; it contains the DAO, because each DAO may have a view. */
export function nameAside(name: string, dao: string): string {
  return `${name}_before_${dao.toLowerCase()}`.slice(0, 63);
}

/** Marks a view as made by Forum Views, and for which DAO. */
export function viewMark(dao: string): string {
  return `Forum Views: ${dao.toLowerCase()}`;
}

const findRelation = `
SELECT pg_class.oid::int, nspname AS schema, relname AS name,
  substring(obj_description(pg_class.oid, 'pg_class') FROM '^Forum Views: (.+)$') AS dao
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = to_regclass($1)`;

const columnsOf = `
SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

/** @throws Error with a sentence, where there is no such table or it lacks a column */
export async function findOldTable(client: pg.Client, table: string): Promise<OldTable> {
  const found = await relation(client, table);
  if (!found) throw new Error(`there is no table ${table} in this database`);
  const schema = pg.escapeIdentifier(found.schema);
  const views: string[] = [];
  let source = found;
  while (source.dao !== null) {
    views.push(source.dao);
    const aside = pg.escapeIdentifier(nameAside(found.name, source.dao));
    const behind = await relation(client, `${schema}.${aside}`);
    if (!behind) throw new Error(`the table ${aside} behind the view ${table} is missing`);
    source = behind;
  }
  const { rows } = await client.query<OldColumn>(columnsOf, [source.oid]);
  if (rows.some(({ name }) => name === "batch_id")) {
    throw new Error(`${table} is the table of Forum Views itself`);
  }
  const further = new Set(rows);
  const entries = Object.entries(columnNames).map(([role, names]) => {
    const column = rows.find(({ name }) => names.includes(name));
    if (!column) throw new Error(`the table ${table} has no column ${names.join(" or ")}`);
    further.delete(column);
    return [role, { ...column, name: pg.escapeIdentifier(column.name) }] as const;
  });
  return {
    schema,
    bareName: found.name,
    name: `${schema}.${pg.escapeIdentifier(found.name)}`,
    rows: `${schema}.${pg.escapeIdentifier(source.name)}`,
    views,
    columns: Object.fromEntries(entries) as OldTable["columns"],
    furtherColumns: [...further].map(({ name }) => name),
  };
}

/**
 * The DAO as the table spells it.
 * @throws Error that lists the table's DAOs if this one is not among them
 */
export async function spellingOf(client: pg.Client, table: OldTable, dao: string): Promise<string> {
  const { name, type } = table.columns.dao;
  const { rows } = await client.query<{ slug: string }>(
    `SELECT DISTINCT ${name}::text AS slug FROM ${table.rows} WHERE ${name} IS NOT NULL
     UNION SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype($1) ORDER BY 1`,
    [type],
  );
  const slugs = rows.map(({ slug }) => slug);
  const found = slugs.find((slug) => slug.toLowerCase() === dao.toLowerCase());
  if (found !== undefined) return found;
  const known = slugs.length === 0 ? "it is empty" : `it has ${slugs.join(", ")}`;
  throw new Error(`the table has no DAO ${dao}: ${known}. Name the DAO by --dao`);
}

async function relation(client: pg.Client, table: string) {
  type Relation = { oid: number; schema: string; name: string; dao: string | null };
  const { rows } = await client.query<Relation>(findRelation, [table]);
  return rows[0];
}
