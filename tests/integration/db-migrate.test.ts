import { expect, it } from "vitest";
import { connectDatabase } from "~/platform/postgres.server";
import { createLogger } from "~/platform/logger.server";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { withClient } from "../../scripts/database/with-client";
import { createTestDatabase } from "../helpers/database";
import { runScript } from "../helpers/run-script";
import { forEachTest } from "../helpers/use-servers";

/** `npm run db:migrate`, wherever the tables are. */

const database = forEachTest(() => createTestDatabase({ bare: true }));

const migrate = (url = database.url) => runScript("db-migrate", [], { DATABASE_URL: url });
const upToDate = { code: 0, output: "The database is up to date\n", log: "" };

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
  expect((await migrate(url)).code).toBe(0);
  expect(await migrate(url)).toEqual(upToDate);
  expect(await tables("public")).toBe(0);
  expect(await usersAndTopics(url)).toEqual([0, 0]);
});

it("goes where the search path of the role leads, beside the tables of others, and can be repeated", async () => {
  const { pathname } = new URL(database.url);
  await query(`ALTER DATABASE ${pathname.slice(1)} SET search_path = of_role, public`);
  await query("CREATE SCHEMA of_role; CREATE TABLE of_role.of_somebody_else (id INTEGER)");
  expect((await migrate()).code).toBe(0);
  expect(await migrate()).toEqual(upToDate);
  expect(await tables("public")).toBe(0);
  expect(await usersAndTopics(database.url)).toEqual([0, 0]);
});

it("says what to do where another implementation has a table of the same name", async () => {
  await query(
    `CREATE TABLE forum_topic_view_stats (dao_slug TEXT, "topicId" INTEGER, views INTEGER)`,
  );
  const { code, log } = await migrate();
  expect(code).toBe(1);
  expect(log).toContain("add schema=forum_views to the parameters of DATABASE_URL");
  expect(await tables("public")).toBe(1);
  expect((await migrate(`${database.url}?schema=forum_views`)).code).toBe(0);
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
  const { code, output } = await migrate();
  expect([code, output.split("\n")]).toEqual([0, expect.arrayContaining([`Applied ${INDEX}`])]);
  expect(await migrate()).toEqual(upToDate);
  expect(await query("SELECT FROM pg_index WHERE NOT indisvalid")).toEqual([]);
});
