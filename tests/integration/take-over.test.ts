import pg from "pg";
import { beforeEach, describe, expect, it } from "vitest";
import { TopicViewsReader } from "~/counting/topic-views.server";
import { connectDatabase } from "~/platform/postgres.server";
import { databaseError } from "~/platform/dependency-error.server";
import { createLogger } from "~/platform/logger.server";
import { intercept } from "../helpers/intercept";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { expectBalanced, useServers } from "../helpers/use-servers";

const use = useServers();
let dao: SyncFixture;

beforeEach(() => {
  dao = syncFixture(use.servers);
});

/** Stalls a run at its nth step, or at the first step with a name, until it is released. */
function stallAt(step: number | string) {
  let steps = 0;
  let reach = () => {};
  let release = () => {};
  const reached = new Promise<"reached">((resolve) => (reach = () => resolve("reached")));
  const released = new Promise<void>((resolve) => (release = resolve));
  async function around(method: string, call: () => Promise<unknown>): Promise<unknown> {
    steps += 1;
    if (steps === step || method === step) {
      reach();
      await released;
    }
    return call();
  }
  const batches = intercept(dao.batches, around);
  const ledger = intercept(dao.ledger, around);
  return { batches, ledger, reached, release };
}

describe("a run that stalls past its lease", () => {
  it("changes nothing after it was taken over, at whatever step", { timeout: 60_000 }, async () => {
    let points = 0;
    for (let step = 2; ; step += 1) {
      dao = syncFixture(use.servers);
      await dao.count("a", 1);
      await dao.count("b", 2);
      await dao.redis.zadd(dao.keys.overlay, 3, "nonsense");
      const gate = stallAt(step);
      const stalled = dao.sync(dao.engine({ ...gate, chunkSize: 2 }));
      const first = await Promise.race([gate.reached, stalled]);
      if (first !== "reached") break;
      points += 1;

      await dao.count("a", 4);
      const successor = await dao.sync(dao.engine({ leaseSeconds: 0 }));
      expect(successor.failure).toBeUndefined();
      await dao.count("b", 8);
      gate.release();
      const outcome = await stalled;
      expect(outcome.status).toBe("interrupted");
      await expectBalanced(dao);

      await dao.sync(dao.engine());
      expect(await dao.persisted("a")).toBe(5);
      expect(await dao.persisted("b")).toBe(10);
      expect(await dao.redis.exists(dao.keys.batch)).toBe(0);
      await expectBalanced(dao);
    }
    expect(points).toBeGreaterThan(8);
  });

  it("is marked as interrupted, and its successor says what it recovered", async () => {
    await dao.count("a", 1);
    await dao.count("b", 1);
    const gate = stallAt("applyChunk");
    const stalled = dao.sync(dao.engine(gate));
    await gate.reached;
    const successor = await dao.sync(dao.engine({ leaseSeconds: 0 }));
    expect(successor.counters).toMatchObject({ total: 2, flushed: 2, recovered: 2 });
    gate.release();
    await stalled;
    const { rows } = await dao.pool.query(
      `SELECT status, error FROM sync_runs WHERE dao_slug = $1 ORDER BY id`,
      [dao.daoSlug],
    );
    expect(rows).toEqual([
      { status: "interrupted", error: "The process stopped before the run ended" },
      { status: "succeeded", error: null },
    ]);
  });

  it("keeps its lease while it is alive", async () => {
    await dao.count("a", 1);
    const gate = stallAt("applyChunk");
    const running = dao.sync(dao.engine(gate));
    await gate.reached;
    const other = await dao.engine().start({ trigger: "cron", actor: "cron" });
    expect(other.kind).toBe("busy");
    gate.release();
    expect((await running).status).toBe("succeeded");
  });
});

describe("a failure is final", () => {
  it("only where the batch was not applied before: a lost answer, then a refusal", async () => {
    await dao.count("a", 3);
    // The chunk commits, but its answer is lost.
    const losing = intercept(dao.ledger, async (method, call) => {
      const result = await call();
      if (method === "applyChunk")
        throw databaseError(new Error("Connection terminated unexpectedly"));
      return result;
    });
    const first = await dao.sync(dao.engine({ ledger: losing }));
    expect(first.failure).toBe("Database connection failed");
    expect(await dao.persisted("a")).toBe(3);

    // When the next run applies the chunk again, it is refused, as by a statement time-out.
    const refusing = intercept(dao.ledger, (method, call) => {
      if (method !== "applyChunk") return call();
      const refusal = new pg.DatabaseError("canceling statement due to timeout", 0, "error");
      refusal.code = "57014";
      return Promise.reject(databaseError(refusal));
    });
    const second = await dao.sync(dao.engine({ ledger: refusing }));
    expect(second.counters).toMatchObject({ total: 0, failed: 0, viewsFlushed: 0 });
    expect(second.errors).toEqual([]);
    expect(await dao.tracker.getRedisOverlay("forum_topic", "a")).toBe(0);
    expect(await dao.persisted("a")).toBe(3);
    await expectBalanced(dao);
  });

  it.each(["40001", "40P01"])(
    "not after the first SQLSTATE %s: the same chunk is tried again under the same id",
    async (code) => {
      await dao.count("a", 3);
      let refusals = 0;
      const refusing = intercept(dao.ledger, (method, call) => {
        if (method !== "applyChunk" || refusals === 2) return call();
        refusals += 1;
        const refusal = new pg.DatabaseError("not now", 0, "error");
        refusal.code = code;
        return Promise.reject(databaseError(refusal));
      });
      const outcome = await dao.sync(dao.engine({ ledger: refusing }));
      expect(outcome.counters).toMatchObject({ total: 1, flushed: 1, failed: 0, viewsFlushed: 3 });
      expect(refusals).toBe(2);
    },
  );
});

describe("a statement that is held up", () => {
  it.each(["55P03", "57014"])(
    "with %s and without any entry, too, fails its run and no target",
    async (code) => {
      await dao.count("a", 3);
      const refusing = intercept(dao.ledger, (method, call) => {
        if (method !== "applyChunk") return call();
        const refusal = new pg.DatabaseError("not now", 0, "error");
        refusal.code = code;
        return Promise.reject(databaseError(refusal));
      });
      const outcome = await dao.sync(dao.engine({ ledger: refusing }));
      expect(outcome).toMatchObject({ status: "failed", counters: { failed: 0 } });
      expect(outcome.failure).toMatch(/locked by another session|took too long/);
      expect((await dao.sync()).counters).toMatchObject({ flushed: 1, viewsFlushed: 3 });
      await expectBalanced(dao);
    },
  );
});

describe("a reader", () => {
  it("never sees a count go back or exceed what was accepted, while syncs run", async () => {
    const db = connectDatabase({
      url: use.database.url,
      poolSize: 4,
      logger: createLogger("silent"),
    });
    const reader = new TopicViewsReader({
      tracker: dao.tracker,
      pool: db.pool,
      daoSlug: dao.daoSlug,
    });
    let sent = 0;
    let confirmed = 0;
    let isDone = false;
    async function write(): Promise<void> {
      for (let view = 0; view < 400; view += 1) {
        sent += 1;
        await dao.count("busy", 1);
        confirmed += 1;
      }
      isDone = true;
    }
    async function flush(): Promise<void> {
      while (!isDone) await dao.sync(dao.engine());
    }
    async function poll(): Promise<number> {
      let last = 0;
      let reads = 0;
      while (!isDone) {
        const atLeast = confirmed;
        const [views] = await reader.read(["busy"]);
        expect(views?.uniqueViews).toBeGreaterThanOrEqual(Math.max(last, atLeast));
        expect(views?.uniqueViews).toBeLessThanOrEqual(sent);
        last = views?.uniqueViews ?? 0;
        reads += 1;
      }
      return reads;
    }
    const [reads] = await Promise.all([poll(), poll(), write(), flush()]);
    expect(reads).toBeGreaterThan(10);
    await db.close();
  });
});
