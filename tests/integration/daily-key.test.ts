import { beforeEach, expect, it } from "vitest";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { createTestDatabase, testRedis } from "../helpers/database";
import { connectServers, syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest } from "../helpers/use-servers";

/** The primary key of the views by day is changed while the version before still counts and syncs. */

const INDEX = "20261128070000_daily_index_by_day";
const SWAP = "20261128070100_daily_key_by_day";

const database = forEachTest(() => createTestDatabase({ bare: true }));
const servers = forEachTest(() => connectServers(database.url, testRedis()));
const dao = forEachTest(() => syncFixture(servers));

/** The data of a forum after some days. */
beforeEach(async () => {
  await applyMigrations(database.url, INDEX);
  await servers.pool.query(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
     SELECT 'another', topic::text, current_date - age, 1
     FROM generate_series(1, 5000) AS topic, generate_series(0, 9) AS age`,
  );
});

async function keyColumns(): Promise<string[]> {
  const { rows } = await servers.pool.query<{ name: string }>(
    `SELECT attname AS name FROM pg_index, unnest(indkey) WITH ORDINALITY AS part(number, place)
     JOIN pg_attribute ON attrelid = 'forum_topic_view_daily'::regclass AND attnum = number
     WHERE indrelid = 'forum_topic_view_daily'::regclass AND indisvalid ORDER BY indisprimary, place`,
  );
  return rows.map(({ name }) => name);
}

let syncs = 0;

/** One view of each of some topics; every sync of them must succeed. */
async function countAndSync(): Promise<void> {
  await Promise.all(["a", "b", `t${(syncs += 1)}`].map((topicId) => dao.count(topicId)));
  const { status, counters } = await dao.sync();
  expect([status, counters.flushed]).toEqual(["succeeded", 3]);
}

async function expectExact(counted: number): Promise<void> {
  const { rows } = await servers.pool.query<{ views: number; days: number }>(
    `SELECT (SELECT sum(views) FROM forum_topic_view_stats WHERE dao_slug = $1)::int AS views,
       (SELECT sum(views) FROM forum_topic_view_daily WHERE dao_slug = $1)::int AS days`,
    [dao.daoSlug],
  );
  expect(rows).toEqual([{ views: 3 * counted, days: 3 * counted }]);
  await expectBalanced(dao);
}

it("while syncs go on, nothing is lost and nothing doubled", async () => {
  await countAndSync();
  let rounds = 1;
  let isMigrated = false;
  const migrating = applyMigrations(database.url).then((names) => {
    isMigrated = true;
    return names;
  });
  while (!isMigrated) {
    await countAndSync();
    rounds += 1;
  }
  await countAndSync();
  expect(await migrating).toEqual(expect.arrayContaining([INDEX, SWAP]));
  await expectExact(rounds + 1);
  expect(await keyColumns()).toEqual(["dao_slug", "day", "topicId"]);
});

it("a sync does not wait for somebody who reads the table all the while", async () => {
  await applyMigrations(database.url, SWAP);
  const reader = await servers.pool.connect();
  let migrating: Promise<string[]>;
  try {
    await reader.query("BEGIN");
    await reader.query("SELECT FROM forum_topic_view_daily LIMIT 1");
    migrating = applyMigrations(database.url);
    await expect
      .poll(async () => {
        const { rowCount } = await servers.pool.query(
          `SELECT FROM pg_locks WHERE relation = 'forum_topic_view_daily'::regclass AND NOT granted`,
        );
        return rowCount;
      })
      .toBe(1);
    await countAndSync();
    await countAndSync();
  } finally {
    await reader.query("ROLLBACK");
    reader.release();
  }
  expect(await migrating).toContain(SWAP);
  await expectExact(2);
  expect(await keyColumns()).toEqual(["dao_slug", "day", "topicId"]);
});
