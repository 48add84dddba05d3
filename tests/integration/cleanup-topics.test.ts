import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Retention } from "~/retention/cleanup.server";
import { presentHealth } from "~/routes/admin._index/load.server";
import { ageTopics, cleanupOf, retention } from "../helpers/cleanup-fixture";
import { readPeriod } from "~/stats/period";
import { startDashboard } from "../helpers/dashboard";
import { intercept } from "../helpers/intercept";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";
import { Random } from "../simulation/random";

/** Topics that nobody views any more: when they go, and that no view is lost or counted twice for it. */

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

const { topics: days } = retention;
/** Milliseconds between two acts of the traffic: without a pause, every topic would always be pending. */
const PAUSE_MS = 5;
/**
 * The most views between two syncs, for the same reason: slow syncs must not fall further and further behind.
 */
const VIEWS_PER_SYNC = 30;

/** Persists these views, and then one of another topic, so that their batch is not the last one. */
async function persist(topicId: string, views: number): Promise<void> {
  await dao.count(topicId, views);
  await dao.sync();
  await dao.count("other");
  await dao.sync();
}

async function removedBy(options: { retention?: Retention } = {}): Promise<number> {
  return (await cleanupOf(dao, options).run("cron")).deleted.topics;
}

async function removedInBooks() {
  const { rows } = await dao.pool.query(
    `SELECT removed_topics::int AS topics, removed_views::int AS views FROM view_books
     WHERE dao_slug = $1`,
    [dao.daoSlug],
  );
  return rows[0] as unknown;
}

describe("a topic that nobody viewed for so long", () => {
  it("goes with its days, stands in the books and in the audit log, and begins again at 0", async () => {
    await persist("1", 3);
    await ageTopics(dao, days + 1, "1");
    const result = await cleanupOf(dao).run("cron");
    expect(result).toMatchObject({ deleted: { topics: 1 }, removedViews: 3, more: false });
    const rows = await dao.query(`SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1
       UNION ALL SELECT "topicId" FROM forum_topic_view_daily WHERE dao_slug = $1`);
    expect(rows).toEqual([{ topicId: "other" }, { topicId: "other" }]);
    expect(await removedInBooks()).toEqual({ topics: 1, views: 3 });
    await expectBalanced(dao);
    const audit = await dao.pool.query(
      `SELECT actor, action, details FROM audit_log WHERE dao_slug = $1`,
      [dao.daoSlug],
    );
    expect(audit.rows).toEqual([
      { actor: "cron", action: "cleanup", details: { topics: 1, removedViews: 3 } },
    ]);
    await dao.count("1", 2);
    await dao.sync();
    expect(await dao.persisted("1")).toBe(2);
    await expectBalanced(dao);
  });

  it("stays a day before, and where topics are kept for ever", async () => {
    await persist("1", 3);
    await ageTopics(dao, days - 1, "1");
    expect(await removedBy()).toBe(0);
    await ageTopics(dao, 10_000, "1");
    expect(await removedBy({ retention: { ...retention, topics: 0 } })).toBe(0);
    expect(await dao.persisted("1")).toBe(3);
  });

  it("goes too where days are kept for ever", async () => {
    await persist("1", 3);
    await ageTopics(dao, days + 1, "1");
    expect(await removedBy({ retention: { ...retention, dailyRows: 0 } })).toBe(1);
  });

  it("stays while the last batch is its own, which may be open again", async () => {
    await dao.count("1", 3);
    await dao.sync();
    await ageTopics(dao, days + 1, "1");
    expect(await removedBy()).toBe(0);
    await dao.count("other");
    await dao.sync();
    expect(await removedBy()).toBe(1);
  });
});

describe("a topic stays while something of it is", () => {
  beforeEach(async () => {
    await persist("1", 3);
    await ageTopics(dao, days + 1, "1");
  });

  it("in the overlay", async () => {
    await dao.count("1");
    expect(await removedBy()).toBe(0);
  });

  it("in the overlay, under the older name", async () => {
    await dao.redis.zadd(dao.keys.overlay, 1, "topic:1");
    expect(await removedBy()).toBe(0);
  });

  it("in the open batch", async () => {
    await dao.count("1");
    const never = intercept(dao.ledger, (method, call) =>
      method === "applyChunk" ? Promise.reject(new Error("cut off")) : call(),
    );
    await dao.sync(dao.engine({ ledger: never }));
    expect((await dao.books.read()).batch).toBe(1);
    expect(await removedBy()).toBe(0);
    await dao.sync();
    expect(await dao.persisted("1")).toBe(4);
  });

  it.each(["forum_topic:1", "topic:1"])("failing, as %s", async (target) => {
    await dao.query(
      `INSERT INTO failed_targets (dao_slug, target, "topicId", views, last_error, last_run_id)
       VALUES ($1, $2, '1', 2, 'No', 1)`,
      target,
    );
    expect(await removedBy()).toBe(0);
  });
});

it("a batch that was applied and not closed is not applied twice", async () => {
  await persist("1", 3);
  await dao.count("1", 2);
  const crashed = intercept(dao.batches, (method, call) =>
    method === "close" ? Promise.reject(new Error("crash")) : call(),
  );
  await dao.sync(dao.engine({ batches: crashed }));
  expect(await dao.persisted("1")).toBe(5);
  await ageTopics(dao, days + 1, "1");
  // As if Redis knew nothing, because the guard is in PostgreSQL.
  const blind: SyncFixture = {
    ...dao,
    tracker: intercept(dao.tracker, (_method, _call, [targets]) =>
      Promise.resolve({
        lastBatch: 0,
        openBatch: undefined,
        targets: (targets as string[]).map(() => ({ overlay: 0, batch: 0 })),
      }),
    ),
  };
  expect((await cleanupOf(blind).run("cron")).deleted.topics).toBe(0);
  await dao.sync();
  expect(await dao.persisted("1")).toBe(5);
  await expectBalanced(dao);
});

it("a row that a sync is just applying stays, and is not waited for", async () => {
  await persist("1", 3);
  await ageTopics(dao, days + 1, "1");
  const client = await dao.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query(
      `UPDATE forum_topic_view_stats SET views = views + 1, "lastUpdated" = now()
       WHERE dao_slug = $1 AND "topicId" = '1'`,
      [dao.daoSlug],
    );
    expect(await removedBy()).toBe(0);
  } finally {
    await client.query("COMMIT");
    client.release();
  }
  expect(await removedBy()).toBe(0);
  expect(await dao.persisted("1")).toBe(4);
});

it("the books are not held while rows of a topic are waited for", async () => {
  await persist("1", 3);
  await ageTopics(dao, days + 1, "1");
  const client = await dao.pool.connect();
  let removing: Promise<number>;
  try {
    await client.query("BEGIN");
    await client.query(
      `SELECT FROM forum_topic_view_daily WHERE dao_slug = $1 AND "topicId" = '1' FOR UPDATE`,
      [dao.daoSlug],
    );
    removing = removedBy();
    await expect
      .poll(async () => {
        const { rows } = await client.query(
          `SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))`,
        );
        return rows.length;
      })
      .toBe(1);
    const books = await client.query(
      `SELECT FROM view_books WHERE dao_slug = $1 FOR UPDATE SKIP LOCKED`,
      [dao.daoSlug],
    );
    expect(books.rowCount).toBe(1);
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
  expect(await removing).toBe(1);
  expect(await removedInBooks()).toEqual({ topics: 1, views: 3 });
});

it("all time has what is persisted without them, right after", async () => {
  const dashboard = await startDashboard({
    ...use.urls,
    env: { RETENTION_TOPIC_DAYS: String(days) },
  });
  try {
    const { count, services, sync } = dashboard;
    await count("1", 3);
    await sync();
    await count("2", 4);
    await sync();
    const total = async () => {
      const moment = await services.periodViews.now();
      const period = readPeriod(new URLSearchParams("period=all"), moment);
      return (await services.periodViews.days(moment, period)).total;
    };
    expect(await total()).toBe(7);
    await ageTopics(dashboard, days + 1, "1");
    expect((await services.cleanup.run("cron")).deleted.topics).toBe(1);
    expect(await total()).toBe(4);
    expect((await presentHealth(services)).books).toMatchObject({ state: "balanced" });
  } finally {
    await dashboard.close();
  }
});

describe("beside syncs under traffic", () => {
  /** Triggers record each row that is deleted, whoever deletes it. */
  beforeAll(async () => {
    await use.servers.pool.query(`
      CREATE TABLE removed_rows (dao_slug TEXT, topic_id TEXT, views INTEGER);
      CREATE FUNCTION note_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO removed_rows VALUES (OLD.dao_slug, OLD."topicId", OLD.views); RETURN OLD;
      END $$;
      CREATE TRIGGER note_removed AFTER DELETE ON forum_topic_view_stats
        FOR EACH ROW EXECUTE FUNCTION note_removed()`);
  });

  it("each topic has every view once: persisted, or removed", async () => {
    const topics = Array.from({ length: 300 }, (_unused, index) => `t${index}`);
    const random = new Random(1);
    const accepted = new Map(topics.map((topic) => [topic, 0]));
    let syncs = 0;
    let viewsSinceSync = 0;
    let removed = 0;
    let hasFailed = false;
    const whileBusy = async (act: (round: number) => Promise<void>) => {
      try {
        const isOver = () => hasFailed || (syncs >= 100 && removed >= 100);
        for (let round = 1; !isOver(); round += 1) {
          await act(round);
          await pause(PAUSE_MS);
        }
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    };
    const cleanUp = async () => {
      // In two steps: a sum from before the wait would undo what another trigger has added.
      const rows = await removedBy();
      removed += rows;
    };
    /** Makes rows old enough at any moment: only then can cleanups collide with syncs. */
    const age = async () => {
      await dao.query(`UPDATE forum_topic_view_stats AS stats SET "lastUpdated" = now() - interval '100 days'
         FROM (
           SELECT "topicId" FROM forum_topic_view_stats
           WHERE dao_slug = $1 AND random() < 0.5 FOR UPDATE SKIP LOCKED
         ) AS chosen WHERE dao_slug = $1 AND stats."topicId" = chosen."topicId"`);
    };
    /** Every third run crashes somewhere between its commits and its end. */
    const sync = async (round: number) => {
      let calls = 0;
      const dying = intercept(dao.batches, (_method, call) => {
        calls += 1;
        return round % 3 === 0 && calls > 3 + (round % 5)
          ? Promise.reject(new Error("crash"))
          : call();
      });
      viewsSinceSync = 0;
      await dao.sync(dao.engine({ batches: dying, chunkSize: 10 }));
      syncs = round;
    };
    const traffic = [
      whileBusy(async () => {
        if (viewsSinceSync >= VIEWS_PER_SYNC) return;
        viewsSinceSync += 1;
        const topic = random.pick(topics);
        await dao.count(topic);
        accepted.set(topic, accepted.get(topic)! + 1);
      }),
      whileBusy(sync),
      whileBusy(age),
      whileBusy(cleanUp),
      whileBusy(cleanUp),
    ];
    await Promise.all(traffic);
    await dao.sync();

    const everything = `SELECT topic, sum(views)::int AS views FROM (
         SELECT "topicId" AS topic, views FROM forum_topic_view_stats WHERE dao_slug = $1
         UNION ALL SELECT topic_id, views FROM removed_rows WHERE dao_slug = $1
       ) AS everything GROUP BY topic`;
    const rows = await dao.query<{ topic: string; views: number }>(everything);
    expect(new Map(rows.map(({ topic, views }) => [topic, views]))).toEqual(
      new Map([...accepted].filter(([, views]) => views > 0)),
    );
    const noted = await dao.pool.query<{ topics: number; views: number }>(
      `SELECT count(*)::int AS topics, sum(views)::int AS views FROM removed_rows WHERE dao_slug = $1`,
      [dao.daoSlug],
    );
    expect(await removedInBooks()).toEqual(noted.rows[0]);
    await expectBalanced(dao);
  }, 90_000);
});
