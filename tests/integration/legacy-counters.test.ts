import { beforeEach, describe, expect, it } from "vitest";
import { LegacyCounters } from "~/counting/legacy-counters.server";
import { gate, intercept } from "../helpers/intercept";
import { syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";

/** Counters of the implementation before this one: `<prefix>:<type>:<id>`, a string each. */

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));
let prefix: string;

beforeEach(async () => {
  // The DAOs of the other tests have nothing to do with the one at hand.
  await dao.pool.query("TRUNCATE view_books");
  prefix = `vcount-${dao.daoSlug}`;
});

function oldCounters(): LegacyCounters {
  const { redis, pool, keys, daoSlug } = dao;
  return new LegacyCounters({ redis, pool, keys, daoSlug, prefix });
}

const sync = () => dao.sync(dao.engine({ legacyCounters: oldCounters() }));

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
    await dao.query(statement);
    await dao.query("INSERT INTO adopted_topics VALUES ($1, '1', 0)");
    await dao.query(`INSERT INTO topics (dao_slug, "topicId", title, search) VALUES ($1, '3', 'Budget', ''),
        ($1 || '-other', '2', 'Of another DAO', '')`);
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
});

it("what is wrong with each is said", async () => {
  await dao.redis.mset(`${prefix}:topic:half`, "1.5", `${prefix}:proposal:1`, "5");
  const warning = await warningOf((await sync()).run);
  expect(warning).toContain(`${prefix}:topic:half is not a whole number of views`);
  expect(warning).toContain(`${prefix}:proposal:1 has an unusable name: Unknown target type`);
});

it("loses and doubles none while old writers go on and processes die between two steps", async () => {
  const counted: Record<string, number> = {};
  let isOver = false;
  const oldWriter = async (seed: number) => {
    for (let view = seed; !isOver; view += 7) {
      const topic = String((view * 31) % 300);
      await dao.redis.incr(`${prefix}:topic:${topic}`);
      counted[topic] = (counted[topic] ?? 0) + 1;
    }
  };
  const writers = [1, 2, 3].map(oldWriter);
  for (let step = 1; step <= 20; step += 1) {
    const crash = gate();
    let steps = 0;
    // A dead process takes no further step: this one never comes back.
    const dying = async (_method: string, call: () => Promise<unknown>) => {
      steps += 1;
      if (steps < step) return call();
      if (step % 2 === 0) await call();
      crash.open();
      return new Promise<never>(() => {});
    };
    const engine = dao.engine({
      ...{ legacyCounters: oldCounters(), leaseSeconds: 0, chunkSize: 20 },
      batches: intercept(dao.batches, dying),
      ledger: intercept(dao.ledger, dying),
    });
    await Promise.race([dao.sync(engine), crash.opened]);
  }
  isOver = true;
  await Promise.all(writers);
  for (let syncs = 0; syncs < 2; syncs += 1) {
    const engine = dao.engine({ legacyCounters: oldCounters(), leaseSeconds: 0 });
    expect((await dao.sync(engine)).failure).toBeUndefined();
  }
  expect(await dao.persistedByTopic()).toEqual(counted);
  expect(await dao.redis.keys(`${prefix}:*`)).toEqual([]);
  await expectBalanced(dao);
});
