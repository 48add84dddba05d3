/**
 * The switch from an implementation whose `forum_topic_view_stats` has the four documented columns and
 * nothing else, with ids of any type. Its rows are brought into the table that the migrations make.
 */
import type pg from "pg";
import { withClient } from "./with-client";

const TABLE = "forum_topic_view_stats";
/** What the old table is called while its rows are still to be brought in, and afterwards. */
const WAITING = `${TABLE}_waiting`;
const IMPORTED = `${TABLE}_imported`;

export interface ImportedStats {
  rows: number;
  views: number;
  /** Rows whose id, DAO or count the new table cannot hold. They stay in the old one. */
  leftAlone: number;
}

/** Whether a table of the old shape stands where the migrations want to make theirs. */
export function hasExistingStats(url: string): Promise<boolean> {
  return withClient(url, isOldShape);
}

/**
 * Puts the old table out of the way, with the names of its indexes. Prisma takes a database with tables and
 * without a record of migrations for somebody else's, so it gets its (empty) record. May be repeated.
 * @throws before anything is changed, when the table lacks a column whose values are to be kept
 */
export async function setExistingStatsAside(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const isOld = await isOldShape(client);
    if (isOld) await checkColumns(client);
    const renames = isOld ? await renamesOf(client) : [];
    // Several statements in one message are one transaction.
    await client.query([...renames, migrationRecord].join("; "));
  });
}

/**
 * Copies the rows and marks the old table as imported in one transaction, so that it happens once. Undefined
 * where no table waits.
 */
export function importExistingStats(url: string): Promise<ImportedStats | undefined> {
  return withClient(url, async (client) => {
    if (!(await exists(client, WAITING))) return undefined;
    await client.query("BEGIN; SET LOCAL timezone = 'UTC'");
    await client.query(`LOCK TABLE ${WAITING} IN ACCESS EXCLUSIVE MODE`);
    const { rows } = await client.query<{ rows: string; views: string; all_rows: string }>(copy);
    await client.query(`ALTER TABLE ${WAITING} RENAME TO ${IMPORTED}; COMMIT`);
    const copied = Number(rows[0]?.rows);
    const leftAlone = Number(rows[0]?.all_rows) - copied;
    return { rows: copied, views: Number(rows[0]?.views), leftAlone };
  });
}

/** As Prisma makes it. */
const migrationRecord = `
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** Adds to what syncs may have persisted already: an import that was broken off is repeated later. */
const copy = `
WITH usable AS (
  SELECT dao_slug::text AS dao_slug, "topicId"::text AS topic_id, views, "lastUpdated" AS last_updated
  FROM ${WAITING}
  WHERE dao_slug::text ~ '^[a-z0-9][a-z0-9-]{0,49}$' AND "topicId"::text ~ '^[A-Za-z0-9_-]{1,100}$'
    AND views BETWEEN 0 AND 2147483647
), copied AS (
  INSERT INTO ${TABLE} AS stats (dao_slug, "topicId", views, "lastUpdated")
  SELECT dao_slug, topic_id, views, COALESCE(last_updated, now()) FROM usable
  ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = stats.views + excluded.views
)
SELECT count(*) AS rows, COALESCE(sum(views), 0) AS views, (SELECT count(*) FROM ${WAITING}) AS all_rows
FROM usable`;

async function exists(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS exists",
    [table],
  );
  return rows[0]?.exists ?? false;
}

async function isOldShape(client: pg.Client): Promise<boolean> {
  if (!(await exists(client, TABLE))) return false;
  const { rowCount } = await client.query(
    `SELECT FROM pg_attribute
     WHERE attrelid = $1::regclass AND attname = 'batch_id' AND NOT attisdropped`,
    [TABLE],
  );
  return rowCount === 0;
}

const columns = ["dao_slug", "topicId", "views", "lastUpdated"];

async function checkColumns(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [TABLE],
  );
  const missing = columns.filter((column) => !rows.some(({ name }) => name === column));
  if (missing.length === 0) return;
  throw new Error(
    `the table ${TABLE} has no column "${missing.join('", "')}". Rename its columns to "${columns.join('", "')}" first; nothing was changed`,
  );
}

async function renamesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE indrelid = $1::regclass AND relname LIKE $1 || '%'`,
    [TABLE],
  );
  return [
    ...rows.map(({ name }) => `ALTER INDEX ${name} RENAME TO ${name.replace(TABLE, WAITING)}`),
    `ALTER TABLE ${TABLE} RENAME TO ${WAITING}`,
  ];
}
