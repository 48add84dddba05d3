import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setExistingStatsAside } from "../../scripts/database/existing-stats";
import { withClient } from "../../scripts/database/with-client";
import { runCommand } from "../../scripts/local/run-command";
import { createTestDatabase, type TestDatabase } from "../helpers/database";

/** `npm run db:migrate` on a database that an older implementation has used. */

const root = path.resolve(import.meta.dirname, "../..");
let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase({ bare: true });
});
afterEach(() => database.drop());

async function migrate(...options: string[]) {
  const { ok, output } = await runCommand(
    process.execPath,
    ["--import", "tsx", path.join(root, "scripts/db-migrate.ts"), ...options],
    {
      seconds: 30,
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: "test", DATABASE_URL: database.url },
    },
  );
  return { ok, lines: output.trim().split("\n") };
}

function query(statement: string): Promise<unknown[]> {
  return withClient(
    database.url,
    async (client) => (await client.query<Record<string, unknown>>(statement)).rows,
  );
}

async function oldTable(idType: string, rows: string): Promise<void> {
  await query(`
    CREATE TABLE forum_topic_view_stats (
      dao_slug VARCHAR(50) NOT NULL, "topicId" ${idType} NOT NULL, views INTEGER NOT NULL DEFAULT 0,
      "lastUpdated" TIMESTAMP NOT NULL DEFAULT now(), PRIMARY KEY (dao_slug, "topicId"));
    CREATE INDEX forum_topic_view_stats_views ON forum_topic_view_stats (views);
    INSERT INTO forum_topic_view_stats VALUES ${rows}`);
}

const persisted = () =>
  query(
    `SELECT dao_slug, "topicId", views, "lastUpdated"::text, batch_id::int FROM forum_topic_view_stats ORDER BY views`,
  );

describe("a table forum_topic_view_stats of the older shape", () => {
  it("is not touched without being asked to", async () => {
    await oldTable("INTEGER", `('ens', 7, 70, '2026-01-02 03:04:05')`);
    const { ok, lines } = await migrate();
    expect(ok).toBe(false);
    expect(lines.at(-1)).toContain("npm run db:migrate -- --adopt-existing");
    expect(await query(`SELECT "topicId", views FROM forum_topic_view_stats`)).toEqual([
      { topicId: 7, views: 70 },
    ]);
  });

  it("is left as it is when its columns have other names", async () => {
    await oldTable("INTEGER", `('ens', 7, 70, '2026-01-02 03:04:05')`);
    await query(`ALTER TABLE forum_topic_view_stats RENAME "lastUpdated" TO updated_at`);
    const { ok, lines } = await migrate("--adopt-existing");
    expect(ok).toBe(false);
    expect(lines.at(-1)).toContain('has no column "lastUpdated"');
    expect(await query(`SELECT updated_at::text FROM forum_topic_view_stats`)).toEqual([
      { updated_at: "2026-01-02 03:04:05" },
    ]);
  });

  it.each(["INTEGER", "BIGINT", "TEXT"])("gives its rows, with ids of type %s", async (idType) => {
    await oldTable(
      idType,
      `('ens', '7', 70, '2026-01-02 03:04:05'), ('uniswap', '7', 80, '2026-01-03 03:04:05')`,
    );
    const { ok, lines } = await migrate("--adopt-existing");
    expect(ok).toBe(true);
    expect(lines).toContain("Brought in 2 topics with 150 views; left 0 rows alone");
    const rows = [
      {
        dao_slug: "ens",
        topicId: "7",
        views: 70,
        lastUpdated: "2026-01-02 03:04:05",
        batch_id: 0,
      },
      {
        dao_slug: "uniswap",
        topicId: "7",
        views: 80,
        lastUpdated: "2026-01-03 03:04:05",
        batch_id: 0,
      },
    ];
    expect(await persisted()).toEqual(rows);
    const again = await migrate("--adopt-existing");
    expect(again).toMatchObject({ ok: true, lines: ["The database is up to date"] });
    expect(await persisted()).toEqual(rows);
  });

  it("keeps what the new one cannot hold", async () => {
    await oldTable("TEXT", `('ens', 'good', 1, now()), ('ens', 'not good', 2, now())`);
    const { lines } = await migrate("--adopt-existing");
    expect(lines).toContain("Brought in 1 topics with 1 views; left 1 rows alone");
    expect(await query(`SELECT views FROM forum_topic_view_stats_imported ORDER BY views`)).toEqual(
      [{ views: 1 }, { views: 2 }],
    );
  });

  it("is taken up again when it was broken off before the rows were copied", async () => {
    await oldTable("INTEGER", `('ens', 7, 70, now())`);
    await setExistingStatsAside(database.url);
    expect((await migrate()).ok).toBe(true);
    await query(`INSERT INTO forum_topic_view_stats VALUES ('ens', '7', 5, now(), 1)`);
    expect((await migrate("--adopt-existing")).lines).toContain(
      "Brought in 1 topics with 70 views; left 0 rows alone",
    );
    expect(await query(`SELECT views FROM forum_topic_view_stats`)).toEqual([{ views: 75 }]);
  });

  it("is no condition for a database in which other tables are", async () => {
    await query("CREATE TABLE of_somebody_else (id INTEGER)");
    expect((await migrate("--adopt-existing")).ok).toBe(true);
    expect(await persisted()).toEqual([]);
  });
});
