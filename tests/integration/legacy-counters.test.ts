import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { LegacyCounters } from "~/counting/legacy-counters.server";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { createTestDatabase, testRedis } from "../helpers/database";
import { connectServers, syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { expectBalanced, useServers } from "../helpers/use-servers";
import { waitUntil } from "../../scripts/local/wait-until";

/** Counters of the implementation before this one: `<prefix>:<type>:<id>`, a string each. */

const use = useServers();
let dao: SyncFixture;
let prefix: string;

beforeEach(async () => {
  dao = syncFixture(use.servers);
  // The DAOs of the other tests have nothing to do with the one at hand.
  await dao.pool.query("TRUNCATE view_books");
  prefix = `vcount-${dao.daoSlug}`;
});

function sync() {
  const { redis, pool, keys, daoSlug } = dao;
  const legacyCounters = new LegacyCounters({ redis, pool, keys, daoSlug, prefix });
  return dao.sync(dao.engine({ legacyCounters }));
}

async function warningOf(run: string): Promise<string | null> {
  const { rows } = await dao.pool.query<{ warning: string | null }>(
    "SELECT warning FROM sync_runs WHERE id = $1",
    [run],
  );
  return rows[0]?.warning ?? null;
}

describe("counters of the old scheme", () => {
  it("are moved with the views that are pending under the new one, once", async () => {
    await dao.count("1", 3);
    await dao.redis.mset(`${prefix}:topic:1`, 40, `${prefix}:forum_topic:1`, 500);
    await dao.redis.set(`${prefix}:topic:2`, 7);
    const outcome = await sync();
    expect(outcome.counters).toMatchObject({ total: 2, flushed: 2, viewsFlushed: 550 });
    expect([await dao.persisted("1"), await dao.persisted("2")]).toEqual([543, 7]);
    expect(await dao.redis.keys(`${prefix}:*`)).toEqual([]);
    await expectBalanced(dao);
    await dao.redis.incr(`${prefix}:topic:2`);
    await sync();
    await sync();
    expect(await dao.persisted("2")).toBe(8);
    await expectBalanced(dao);
  });

  it("are moved page by page, however many there are", async () => {
    const topics = Array.from({ length: 2_500 }, (_, id) => [`${prefix}:topic:${id}`, 2]);
    await dao.redis.mset(topics.flat());
    expect((await sync()).counters).toMatchObject({ total: 2_500, viewsFlushed: 5_000 });
    await expectBalanced(dao);
  });

  it("are left alone and reported when they are no counters of topics", async () => {
    const odd: Record<string, string> = {
      [`${prefix}:topic:half`]: "1.5",
      [`${prefix}:topic:minus`]: "-3",
      [`${prefix}:topic:with space`]: "4",
      [`${prefix}:proposal:1`]: "5",
      [`${prefix}:topic:huge`]: "12345678901234567890",
    };
    await dao.redis.mset(odd);
    await dao.redis.hset(`${prefix}:topic:hash`, "views", 6);
    await dao.redis.set(`${prefix}:topic:zero`, 0);
    await dao.redis.set(`${prefix}:topic:good`, 9);
    const outcome = await sync();
    expect(outcome).toMatchObject({ status: "succeeded", counters: { total: 1, flushed: 1 } });
    const warning = await warningOf(outcome.run);
    expect(warning).toMatch(/^Counters of the old scheme were left alone: .*, and others$/);
    expect(await dao.redis.mget(Object.keys(odd))).toEqual(Object.values(odd));
    expect(await dao.redis.exists(`${prefix}:topic:hash`, `${prefix}:topic:zero`)).toBe(2);
    await expectBalanced(dao);
  });

  it.each([
    [
      "the old table has other DAOs",
      "INSERT INTO view_books (dao_slug, other_daos) VALUES ($1, true)",
    ],
    ["another one is counted here", "INSERT INTO view_books (dao_slug) VALUES ($1 || '-other')"],
  ])("are taken only of topics known to be this DAO's, where %s", async (_where, statement) => {
    await dao.pool.query(statement, [dao.daoSlug]);
    await dao.pool.query("INSERT INTO adopted_topics VALUES ($1, '1', 0)", [dao.daoSlug]);
    await dao.pool.query(
      `INSERT INTO topics (dao_slug, "topicId", title, search) VALUES ($1, '3', 'Budget', ''),
        ($1 || '-other', '2', 'Of another DAO', '')`,
      [dao.daoSlug],
    );
    await dao.redis.mset(
      ...[`${prefix}:topic:1`, 40, `${prefix}:topic:2`, 7, `${prefix}:topic:3`, 2],
    );
    const outcome = await sync();
    expect(outcome.counters).toMatchObject({ flushed: 2, viewsFlushed: 42 });
    expect(await warningOf(outcome.run)).toBe(
      `Counters of the old scheme were left alone: ${prefix}:topic:2 has a topic that is not known to be of this DAO`,
    );
    expect(await dao.redis.get(`${prefix}:topic:2`)).toBe("7");
    await expectBalanced(dao);
  });

  it("say what is wrong with each", async () => {
    await dao.redis.mset(`${prefix}:topic:half`, "1.5", `${prefix}:proposal:1`, "5");
    const warning = await warningOf((await sync()).run);
    expect(warning).toContain(`${prefix}:topic:half is not a whole number of views`);
    expect(warning).toContain(`${prefix}:proposal:1 has an unusable name: Unknown target type`);
  });
});

it("loses and doubles none while old writers go on and the server is killed", async () => {
  const database = await createTestDatabase();
  const servers = connectServers(database.url, testRedis());
  const fixture = syncFixture(servers);
  const start = () =>
    startAppServer({
      databaseUrl: database.url,
      redisUrl: testRedis(),
      daoSlug: fixture.daoSlug,
      env: { LEGACY_COUNTER_PREFIX: prefix, SYNC_LEASE_SECONDS: "2", SYNC_CHUNK_SIZE: "20" },
    });
  const counted = new Map<string, number>();
  let isOver = false;
  const oldWriter = async (seed: number) => {
    for (let view = seed; !isOver; view += 7) {
      const topic = String((view * 31) % 300);
      await servers.redis.incr(`${prefix}:topic:${topic}`);
      counted.set(topic, (counted.get(topic) ?? 0) + 1);
      await pause(1);
    }
  };
  const writers = [1, 2, 3].map(oldWriter);
  const adopted = async () => Number(await servers.redis.get(fixture.keys.accepted));

  for (let kill = 0; kill < 6; kill += 1) {
    const app = await start();
    const before = await adopted();
    // A run that was killed keeps its lease for a while; the pause leaves the processor to others.
    let isKilled = false;
    const callUntilKilled = async () => {
      while (!isKilled) {
        await callSync(app).catch(() => undefined);
        await pause(10);
      }
    };
    const calls = callUntilKilled();
    await waitUntil(async () => (await adopted()) > before, {
      what: "a sync that adopts",
      seconds: 20,
    });
    isKilled = true;
    await app.kill();
    await calls;
  }
  isOver = true;
  await Promise.all(writers);
  const app = await start();
  await waitUntil(async () => (await callSync(app)).status === 200, {
    what: "the lease of the killed run to end",
    seconds: 20,
  });
  await callSync(app);

  const { rows } = await servers.pool.query<{ topicId: string; views: number }>(
    `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
    [fixture.daoSlug],
  );
  expect(new Map(rows.map(({ topicId, views }) => [topicId, views]))).toEqual(counted);
  expect(await app.stop()).toBe(0);
  await expectBalanced(fixture);
  await servers.close();
  await database.drop();
}, 120_000);
