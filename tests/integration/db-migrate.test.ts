import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectDatabase } from "~/platform/postgres.server";
import { createLogger } from "~/platform/logger.server";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { withClient } from "../../scripts/database/with-client";
import { runCommand } from "../../scripts/local/run-command";
import { createTestDatabase, type TestDatabase } from "../helpers/database";

/** `npm run db:migrate`, wherever the tables are. */

const root = path.resolve(import.meta.dirname, "../..");
let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase({ bare: true });
});
afterEach(() => database.drop());

async function migrate(url = database.url) {
  const { ok, output } = await runCommand(
    process.execPath,
    ["--import", "tsx", path.join(root, "scripts/db-migrate.ts")],
    {
      seconds: 30,
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: "test", DATABASE_URL: url },
    },
  );
  return { ok, lines: output.trim().split("\n") };
}

function query(statement: string, url = database.url): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query<object>(statement)).rows);
}

/** Through Prisma and without it. */
async function usersAndTopics(url: string): Promise<number[]> {
  const database = connectDatabase({ url, poolSize: 2, logger: createLogger("silent") });
  const { pool, prisma } = database;
  try {
    const { rowCount } = await pool.query("SELECT FROM forum_topic_view_stats");
    return [await prisma.user.count(), rowCount ?? -1];
  } finally {
    await database.close();
  }
}

const tables = (schema: string) =>
  query(`SELECT FROM pg_tables WHERE schemaname = '${schema}'`).then((rows) => rows.length);

it("makes the schema that the URL names, and can be repeated", async () => {
  const url = `${database.url}?schema=forum_views`;
  expect((await migrate(url)).ok).toBe(true);
  expect(await migrate(url)).toEqual({ ok: true, lines: ["The database is up to date"] });
  expect(await tables("public")).toBe(0);
  expect(await usersAndTopics(url)).toEqual([0, 0]);
});

it("goes where the search path of the role leads, and can be repeated", async () => {
  const { pathname } = new URL(database.url);
  await query(`ALTER DATABASE ${pathname.slice(1)} SET search_path = of_role, public`);
  await query("CREATE SCHEMA of_role");
  expect((await migrate()).ok).toBe(true);
  expect(await migrate()).toEqual({ ok: true, lines: ["The database is up to date"] });
  expect(await tables("public")).toBe(0);
  expect(await usersAndTopics(database.url)).toEqual([0, 0]);
});

it("says what to do where another implementation has a table of the same name", async () => {
  await query(
    `CREATE TABLE forum_topic_view_stats (dao_slug TEXT, "topicId" INTEGER, views INTEGER)`,
  );
  const { ok, lines } = await migrate();
  expect(ok).toBe(false);
  expect(lines.at(-1)).toContain("add schema=forum_views to the parameters of DATABASE_URL");
  expect(await tables("public")).toBe(1);
  expect((await migrate(`${database.url}?schema=forum_views`)).ok).toBe(true);
});

it("does its work beside the tables of others", async () => {
  await query("CREATE TABLE of_somebody_else (id INTEGER)");
  expect((await migrate()).ok).toBe(true);
  expect(await usersAndTopics(database.url)).toEqual([0, 0]);
});

it("builds an index again whose building was cut off", async () => {
  const INDEX = "20261128070000_daily_index_by_day";
  await applyMigrations(database.url, INDEX);
  await query(
    `CREATE UNIQUE INDEX forum_topic_view_daily_by_day ON forum_topic_view_daily(dao_slug, day, "topicId")`,
  );
  await query(
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'forum_topic_view_daily_by_day'::regclass`,
  );
  await query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', '-', '${INDEX}')`,
  );
  const { ok, lines } = await migrate();
  expect([ok, lines]).toEqual([true, expect.arrayContaining([`Applied ${INDEX}`])]);
  expect(await migrate()).toEqual({ ok: true, lines: ["The database is up to date"] });
  expect(await query("SELECT FROM pg_index WHERE NOT indisvalid")).toEqual([]);
});
