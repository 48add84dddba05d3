import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { createTestDatabase, testRedis } from "../helpers/database";
import { connectServers, syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { intercept } from "../helpers/intercept";
import { expectBalanced, forEachTest } from "../helpers/use-servers";
import { advance, VersionBefore } from "../upgrade/version-before/process";

/**
 * The upgrade from the version before, which kept failing views in Redis. Processes of that version have left
 * data in every place, or are still running. The upgrade must neither lose views nor count any twice.
 */

const MIGRATION = "20261127000000_kept_views";

const database = forEachTest(() => createTestDatabase({ bare: true }));
const servers = forEachTest(() => connectServers(database.url, testRedis()));

/** A database as the version before left it, with topics that it refuses. */
beforeEach(async () => {
  await applyMigrations(database.url, MIGRATION);
  await servers.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'topic is locked'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON forum_topic_view_stats
      FOR EACH ROW WHEN (NEW."topicId" LIKE 'refused%') EXECUTE FUNCTION refuse()`);
});

/** As `npm run db:migrate` does it: statement by statement. */
const migrate = () => applyMigrations(database.url);

/** As Prisma's own command does it: each migration in one transaction. */
async function migrateInOneTransaction(): Promise<void> {
  const folder = path.resolve("prisma/migrations");
  const names = (await readdir(folder)).filter((name) => /^\d/.test(name) && name >= MIGRATION);
  for (const name of names.sort()) {
    await servers.pool.query(await readFile(path.join(folder, name, "migration.sql"), "utf8"));
  }
}

const endRefusals = () => servers.pool.query("DROP TRIGGER refuse ON forum_topic_view_stats");

/** A DAO with what was counted of it. */
class Forum {
  readonly dao: SyncFixture = syncFixture(servers);
  readonly before = new VersionBefore(this.dao);
  readonly counted: Record<string, number> = {};

  async count(topicId: string, views: number): Promise<void> {
    await this.dao.count(topicId, views);
    this.#note(topicId, views);
  }

  /** Views under the older name of a topic, which the count script does not write. */
  async countUnderOlderName(topicId: string, views: number): Promise<void> {
    await this.dao.redis.zadd(this.dao.keys.overlay, views, `topic:${topicId}`);
    this.#note(topicId, views);
  }

  #note(topicId: string, views: number): void {
    this.counted[topicId] = (this.counted[topicId] ?? 0) + views;
  }

  /** What is persisted or kept of every topic, or was booked as discarded by the version before. */
  async accountedFor(): Promise<Record<string, number>> {
    const { rows } = await this.dao.pool.query<{ topicId: string; views: string }>(
      `SELECT "topicId", sum(views) AS views FROM (
         SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1
         UNION ALL SELECT "topicId", views FROM failed_targets WHERE dao_slug = $1 AND "topicId" IS NOT NULL
         UNION ALL SELECT substr(targets[1], 13), views FROM discards WHERE dao_slug = $1
       ) AS places GROUP BY "topicId" HAVING sum(views) > 0`,
      [this.dao.daoSlug],
    );
    return Object.fromEntries(rows.map(({ topicId, views }) => [topicId, Number(views)]));
  }

  /** What is left in Redis of the places that views can be in. */
  async leftInRedis(): Promise<string[]> {
    const { redis, keys, daoSlug } = this.dao;
    const named = await redis.keys(`fv:{${daoSlug}}:*`);
    const fields = await redis.hkeys(keys.totals);
    const places = named.map((key) => key.slice(`fv:{${daoSlug}}:`.length));
    return [
      ...places.filter((place) => /^(overlay|batch.*|parked|discard:.*)$/.test(place)),
      ...fields.filter((field) => field !== "overlay" && field !== "since"),
    ];
  }

  async expectExact(what?: string): Promise<void> {
    expect(await this.accountedFor(), what).toEqual(this.counted);
    expect(await this.leftInRedis(), what).toEqual([]);
    await expectBalanced(this.dao);
  }
}

/** Views in every place but an open batch: persisted, parked, failing and waiting for the first time. */
async function openForum(): Promise<Forum> {
  const forum = new Forum();
  const { dao, before } = forum;
  // The state that the forum's first sync leaves.
  await dao.redis.set(dao.keys.lastBatch, "0");
  await forum.count("refused-parked", 3);
  await forum.count("refused-parked-too", 1);
  await forum.count("a", 1);
  await advance(before.sync({ parkAfter: 1 }));
  await forum.count("refused-failing", 2);
  await advance(before.sync({ parkAfter: 100 }));
  await forum.count("a", 2);
  await forum.count("b", 1);
  await forum.count("c", 3);
  await forum.count("refused-new", 1);
  await forum.countUnderOlderName("b", 8);
  await dao.redis.zadd(dao.keys.overlay, 9, "post:1");
  return forum;
}

const chosen = ["refused-parked", "refused-failing", "c"].map(
  (topicId) => `forum_topic:${topicId}`,
);

const openBatches: Array<[string, (forum: Forum) => Promise<void>]> = [
  [
    "an open batch of everything, half settled",
    async ({ before }) => {
      const sync = before.sync();
      await advance(sync, "settleFailed");
      await advance(sync, "settleApplied");
    },
  ],
  [
    "an open batch of chosen targets, which could still grow",
    async ({ before }) => {
      const sync = before.sync({ targets: chosen });
      await advance(sync, "claimChosen");
      await advance(sync, "claimChosen");
    },
  ],
  [
    "an open batch of chosen targets, half settled",
    async ({ before }) => void (await advance(before.sync({ targets: chosen }), "settleFailed")),
  ],
];

describe.each(openBatches)("parked and failing views, discards and %s", (_what, leaveBatch) => {
  it("come over, and what fails is safe from the loss of Redis", async () => {
    const forum = await openForum();
    const { dao, before } = forum;
    for (const step of ["take", "book", "forget"]) {
      await forum.count(`dropped-${step}`, 2);
      await advance(before.discard(`forum_topic:dropped-${step}`), step);
    }
    await leaveBatch(forum);
    await forum.count("a", 1);
    expect(await dao.redis.exists(dao.keys.overlay, dao.keys.batch, dao.keys.parked)).toBe(3);

    await migrate();
    await forum.count("c", 1);
    const outcome = await dao.sync(dao.engine({ leaseSeconds: 0 }));
    expect(outcome.failure).toBeUndefined();
    await forum.expectExact();
    expect(await dao.books.read()).toMatchObject({ discarded: 4, kept: 3 + 1 + 2 + 1 });
    expect(await dao.kept()).toMatchObject({ "post:1": { views: 9 } });

    for (const key of await dao.redis.keys(`fv:{${dao.daoSlug}}:*`)) await dao.redis.del(key);
    await endRefusals();
    expect((await dao.sync()).failure).toBeUndefined();
    await forum.expectExact();
    const { "dropped-book": _book, "dropped-forget": _forget, ...left } = forum.counted;
    expect(await dao.persistedByTopic()).toEqual(left);
  });
});

describe("a process of the version before that is still running", () => {
  it("can begin no sync and no discard any more, and goes on counting", async () => {
    const forum = await openForum();
    const { dao, before } = forum;
    await migrate();
    const pending = await dao.redis.zrange(dao.keys.overlay, "0", "-1", "WITHSCORES");
    await expect(advance(before.sync())).rejects.toThrow();
    await expect(advance(before.sync({ targets: chosen }))).rejects.toThrow();
    await expect(advance(before.discard("forum_topic:c"))).rejects.toThrow();
    expect(await dao.redis.zrange(dao.keys.overlay, "0", "-1", "WITHSCORES")).toEqual(pending);
    expect(await forum.leftInRedis()).toEqual(expect.arrayContaining(["overlay", "parked"]));
    await forum.count("a", 1);
    await dao.sync();
    await forum.expectExact();
  });

  const activities: Array<[string, (forum: Forum) => AsyncGenerator<string, unknown>]> = [
    ["a sync", ({ before }) => before.sync()],
    ["a retry of chosen targets", ({ before }) => before.sync({ targets: chosen })],
    ["a discard", ({ before }) => before.discard("forum_topic:c")],
  ];
  /** A process that continues only "after" is as good as gone until then. */
  const goesOn = ["before", "during", "after"] as const;

  it.each([
    ["statement by statement", migrate],
    ["in one transaction", migrateInOneTransaction],
  ])("loses and doubles nothing while it is migrated %s", async (_how, migration) => {
    const forums = await Promise.all(Array.from({ length: 4 }, () => openForum()));
    let syncs = 0;
    const work = forums.map(async (forum) => {
      for (;;) {
        await forum.count("a", 1);
        await advance(forum.before.sync());
        syncs += 1;
      }
    });
    const ended = Promise.allSettled(work);
    await expect.poll(() => syncs, { timeout: 30_000 }).toBeGreaterThan(forums.length);
    await migration();
    await ended;
    for (const forum of forums) {
      await forum.count("c", 1);
      expect((await forum.dao.sync()).failure).toBeUndefined();
      await forum.expectExact();
    }
  });

  it.each(activities)(
    "loses and doubles nothing, whatever step of %s the migration meets",
    { timeout: 300_000 },
    async (_what, begin) => {
      const met: Array<{ forum: Forum; activity: AsyncGenerator<string, unknown> }> = [];
      let hasEnded = false;
      for (let step = 0; !hasEnded; step += 1) {
        const forums = await Promise.all(goesOn.map(() => openForum()));
        for (const forum of forums) {
          const activity = begin(forum);
          if (await advance(activity, step)) hasEnded = true;
          met.push({ forum, activity });
        }
      }
      await migrate();
      const upgrades = met.map(async ({ forum, activity }, index) => {
        const { dao } = forum;
        const when = goesOn[index % goesOn.length]!;
        const what = `step ${Math.floor(index / goesOn.length)}, going on ${when} the first sync`;
        await forum.count("a", 1);
        const goOn = () => advance(activity).catch(() => undefined);
        if (when === "before") await goOn();
        const ledger = intercept(dao.ledger, async (method, call) => {
          if (when === "during" && method === "applyChunk") await goOn();
          return call();
        });
        const engine = dao.engine({ ledger, leaseSeconds: when === "before" ? 30 : 0 });
        expect((await dao.sync(engine)).failure).toBeUndefined();
        await forum.count("c", 1);
        expect((await dao.sync()).failure).toBeUndefined();
        await forum.expectExact(what);
        if (when === "after") await goOn();
        expect((await dao.sync()).failure).toBeUndefined();
        await forum.expectExact(what);
      });
      await Promise.all(upgrades);
      await endRefusals();
      await Promise.all(
        met.map(async ({ forum }) => {
          await forum.dao.sync();
          await forum.expectExact();
          expect(Object.keys(await forum.dao.kept())).toEqual(["post:1"]);
        }),
      );
    },
  );
});
