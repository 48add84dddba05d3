import { rm } from "node:fs/promises";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { createLogger } from "~/platform/logger.server";
import { connectDatabase, runStatement } from "~/platform/postgres.server";
import { startPgbouncer } from "../../scripts/local/pgbouncer";
import { findSystemProgram } from "../../scripts/local/system-packages";
import { waitUntil } from "../../scripts/local/wait-until";
import { holdTopic } from "../helpers/hold-topic";
import { temporaryFolder } from "../helpers/servers";
import { intercept } from "../helpers/intercept";
import { fillOverlay, syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";

/**
 * Rows that other sessions hold and statements that do not end: the targets concerned wait, and nothing else
 * does.
 */

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

const hold = (topicId: string) => holdTopic(dao.pool, { daoSlug: dao.daoSlug, topicId });

async function holdPersisted(topicId: string): Promise<() => Promise<void>> {
  await dao.count(topicId);
  await dao.sync();
  return hold(topicId);
}

/** The number of sessions that run a statement, without this one. */
async function busySessions(): Promise<number> {
  const { rowCount } = await dao.pool.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
     AND pid <> pg_backend_pid()`,
  );
  return rowCount ?? 0;
}

function topics(count: number): Map<string, number> {
  return new Map(Array.from({ length: count }, (_, index) => [`${index}`, 1]));
}

const soon = { lockMs: 100, statementMs: 200 };
const sqlStateOf = (statement: Promise<unknown>) =>
  statement.then(
    () => "succeeded",
    (error: Error) => (error.cause as pg.DatabaseError).code,
  );

describe("the limit of a statement", () => {
  it("is kept by the server, and leaves no backend behind", async () => {
    const sleeping = runStatement(dao.pool, "SELECT pg_sleep(60)", [], soon);
    expect(await sqlStateOf(sleeping)).toBe("57014");
    expect(await busySessions()).toBe(0);
  });

  it("is shorter for a lock", async () => {
    const release = await holdPersisted("a");
    const limit = { lockMs: 100, statementMs: 60_000 };
    const update = "UPDATE forum_topic_view_stats SET views = 1 WHERE dao_slug = $1";
    expect(await sqlStateOf(runStatement(dao.pool, update, [dao.daoSlug], limit))).toBe("55P03");
    await release();
  });

  it("holds for this statement alone", async () => {
    const pool = new pg.Pool({ connectionString: use.database.url, max: 1 });
    const show =
      "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS all";
    expect(await runStatement(pool, show, [], soon)).toEqual([{ lock: "100ms", all: "200ms" }]);
    expect((await pool.query(show)).rows).toEqual([{ lock: "0", all: "0" }]);
    await pool.end();
  });

  it("is not longer than what the role is set to", async () => {
    const pool = new pg.Pool({
      ...{ connectionString: use.database.url, max: 1 },
      options: "-c statement_timeout=1min -c lock_timeout=50ms",
    });
    const show =
      "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS all";
    expect(await runStatement(pool, show, [], soon)).toEqual([{ lock: "50ms", all: "200ms" }]);
    await pool.end();
  });

  it.skipIf(!findSystemProgram("pgbouncer"))(
    "holds behind PgBouncer, whoever had the session before",
    async () => {
      const folder = await temporaryFolder();
      const pooler = await startPgbouncer({ folder, databaseUrl: use.database.url, poolSize: 1 });
      const logger = createLogger("silent");
      const database = connectDatabase({ url: pooler.url, poolSize: 4, logger });
      const sleeping = () => runStatement(database.pool, "SELECT pg_sleep(60)", [], soon);
      const plain = () => runStatement(database.patientPool, "SELECT pg_sleep(0.3)", []);
      const states = await Promise.all([sleeping(), plain(), sleeping(), plain()].map(sqlStateOf));
      expect(states).toEqual(["57014", "succeeded", "57014", "succeeded"]);
      await database.close();
      await pooler.stop();
      await rm(folder, { recursive: true, force: true });
    },
  );
});

describe("a topic whose row another session holds", () => {
  it("fails alone, is parked after five syncs, and holds nobody else up", async () => {
    await fillOverlay(dao, topics(5_001));
    const release = await hold("777");
    let chunks = 0;
    const ledger = intercept(dao.ledger, (method, call) => {
      if (method === "applyChunk") chunks += 1;
      return call();
    });
    const engine = dao.engine({ ledger, lockSeconds: 0.2 });
    const first = await dao.sync(engine);
    expect(first).toMatchObject({
      status: "partial",
      counters: { total: 5_001, flushed: 5_000, failed: 1, viewsFlushed: 5_000 },
    });
    expect(first.errors).toEqual([
      { target: "forum_topic:777", error: "The topic's row is locked by another session" },
    ]);
    for (let run = 2; run <= 7; run += 1) {
      await dao.count("777");
      await dao.count(`new-${run}`);
      chunks = 0;
      expect((await dao.sync(engine)).counters).toMatchObject({ flushed: 1, viewsFlushed: 1 });
      expect(await dao.persisted(`new-${run}`)).toBe(1);
      // Its retry shows at once that it is held up; once it is parked, there is no retry.
      if (run <= 5) expect(chunks).toBe(1);
      expect(await dao.kept()).toEqual({ "forum_topic:777": { views: run, attempts: run } });
      await expectBalanced(dao);
    }
    expect(await busySessions()).toBe(0);
    await release();
    const retry = { trigger: "retry", actor: "admin", targets: ["forum_topic:777"] } as const;
    await dao.sync(engine, { ...retry, targets: [...retry.targets] });
    expect(await dao.persisted("777")).toBe(7);
    await expectBalanced(dao);
  });

  it("keeps no admin waiting who takes views off it, and tells why", async () => {
    const release = await holdPersisted("a");
    await expect(dao.repairs.takeOff("a", 1, "a bot", "admin")).rejects.toThrow(
      "A row of the database is locked by another session",
    );
    await release();
    await expect(dao.repairs.takeOff("a", 1, "a bot", "admin")).resolves.toBe(1);
    await expectBalanced(dao);
  });
});

describe("a topic whose statement does not end", () => {
  it("is found by runs that end in their time, and nothing of it goes on", async () => {
    const name = `sleep_${dao.daoSlug.replace("-", "_")}`;
    await dao.pool.query(`
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW."topicId" = '77' AND NEW.dao_slug = '${dao.daoSlug}' THEN PERFORM pg_sleep(60); END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON forum_topic_view_stats
        FOR EACH ROW EXECUTE FUNCTION ${name}()`);
    await fillOverlay(dao, topics(100));
    // The run's time is up after the first statement, whose limit is half a second.
    const clock = { now: () => performance.now() * 20, sleep: () => Promise.resolve() };
    const engine = dao.engine({ clock, maxSeconds: 1 });
    await waitUntil(
      async () => {
        await dao.sync(engine);
        await expectBalanced(dao);
        return (await dao.redis.exists(dao.keys.batch)) === 0;
      },
      { what: "the batch to be drained", seconds: 30 },
    );
    expect(await dao.kept()).toMatchObject({ "forum_topic:77": { views: 1 } });
    expect(await busySessions()).toBe(0);
    const rows = await dao.query<{ count: string }>(
      "SELECT count(*) FROM forum_topic_view_stats WHERE dao_slug = $1",
    );
    expect(Number(rows[0]?.count)).toBe(99);
    await dao.pool.query(`DROP FUNCTION ${name} CASCADE`);
    await dao.sync();
    expect(await dao.kept()).toEqual({});
    await expectBalanced(dao);
  });
});
