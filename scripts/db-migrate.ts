/** `npm run db:migrate`: brings the database of DATABASE_URL up to date. Needs no download. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type pg from "pg";
import { parsePostgresUrl } from "../app/platform/postgres-url";
import { repeatCutOff } from "./database/repeat-migrations";
import { applyMigrations } from "./database/schema-engine";
import { withClient } from "./database/with-client";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The table in the form that Prisma creates it. */
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

/** Whether another implementation has a table of the same name in our schema. */
const othersTable = `
SELECT current_schema AS schema FROM pg_class
WHERE relnamespace = current_schema::regnamespace AND relname = 'forum_topic_view_stats'
  AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'batch_id')`;

/**
 * Creates the schema that the URL names, and the record of migrations: Prisma assumes that a schema with
 * tables but without a record is somebody else's. Prepares migrations that were cut off to begin again.
 * @throws before anything is changed, if a table of another implementation has the name of ours
 */
async function prepare(client: pg.Client, schema: string | undefined): Promise<void> {
  if (schema !== undefined) {
    const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [
      schema,
    ]);
    if (rowCount === 0) await client.query(`CREATE SCHEMA "${schema}"`);
  }
  const { rows } = await client.query<{ schema: string }>(othersTable);
  if (rows[0]) {
    throw new Error(
      `the schema ${rows[0].schema} has a table forum_topic_view_stats of another implementation. ` +
        "Give Forum Views a schema of its own: add schema=forum_views to the parameters of DATABASE_URL. " +
        "Then migrate again, and bring its views in by npm run db:adopt (docs/switching.md)",
    );
  }
  await client.query(migrationRecord);
  await repeatCutOff(client);
}

async function migrate(url: string): Promise<void> {
  const { schema } = parsePostgresUrl(url);
  await withClient(url, (client) => prepare(client, schema));
  const applied = await applyMigrations(url);
  for (const name of applied) say(`Applied ${name}`);
  if (applied.length === 0) say("The database is up to date");
}

if (existsSync(".env")) process.loadEnvFile(".env");
const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  process.stderr.write("DATABASE_URL is missing: postgresql://user:password@host:5432/database\n");
  process.exit(1);
}
try {
  parseArgs({ options: {} });
  await migrate(DATABASE_URL);
  process.exit(0);
} catch (error) {
  const { name, message } = error as Error;
  const reason = name === "PostgresUrlError" ? `DATABASE_URL ${message}` : message;
  process.stderr.write(`The migrations failed: ${reason}\n`);
  process.exit(1);
}
