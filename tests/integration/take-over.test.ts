import { describe, expect, it } from "vitest";
import { databaseError } from "~/platform/dependency-error.server";
import { gate, intercept, refusing } from "../helpers/intercept";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

/** Stalls a run at its nth step, or at the first step with a name, until it is released. */
function stallAt(dao: SyncFixture, step: number | string) {
  let steps = 0;
  const [stall, end] = [gate(), gate()];
  async function around(method: string, call: () => Promise<unknown>): Promise<unknown> {
    steps += 1;
    if (steps === step || method === step) {
      stall.open();
      await end.opened;
    }
    return call();
  }
  const batches = intercept(dao.batches, around);
  const ledger = intercept(dao.ledger, around);
  return { batches, ledger, reached: stall.opened, release: end.open };
}

describe("a run that stalls past its lease", () => {
  it("changes nothing after it was taken over, at whatever step", { timeout: 60_000 }, async () => {
    let points = 0;
    for (let step = 2; ; step += 1) {
      const dao = syncFixture(use.servers);
      await dao.count("a", 1);
      await dao.count("b", 2);
      await dao.redis.zadd(dao.keys.overlay, 3, "nonsense");
      const stallPoint = stallAt(dao, step);
      const stalled = dao.sync(dao.engine({ ...stallPoint, chunkSize: 2 }));
      if (await Promise.race([stallPoint.reached, stalled])) break;
      points += 1;

      await dao.count("a", 4);
      const successor = await dao.sync(dao.engine({ leaseSeconds: 0 }));
      expect(successor.failure).toBeUndefined();
      await dao.count("b", 8);
      stallPoint.release();
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
    const stallPoint = stallAt(dao, "applyChunk");
    const stalled = dao.sync(dao.engine(stallPoint));
    await stallPoint.reached;
    const successor = await dao.sync(dao.engine({ leaseSeconds: 0 }));
    expect(successor.counters).toMatchObject({ total: 2, flushed: 2, recovered: 2 });
    stallPoint.release();
    await stalled;
    const rows = await dao.query(
      `SELECT status, error FROM sync_runs WHERE dao_slug = $1 ORDER BY id`,
    );
    expect(rows).toEqual([
      { status: "interrupted", error: "The process stopped before the run ended" },
      { status: "succeeded", error: null },
    ]);
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
    const second = await dao.sync(dao.engine({ ledger: refusing(dao.ledger, "57014") }));
    expect(second.counters).toMatchObject({ total: 0, failed: 0, viewsFlushed: 0 });
    expect(second.errors).toEqual([]);
    expect(await dao.redis.zscore(dao.keys.overlay, "forum_topic:a")).toBeNull();
    expect(await dao.persisted("a")).toBe(3);
    await expectBalanced(dao);
  });

  it.each(["40001", "40P01"])(
    "not after the first SQLSTATE %s: the same chunk is tried again under the same id",
    async (code) => {
      await dao.count("a", 3);
      const twice = refusing(dao.ledger, code, { times: 2 });
      const outcome = await dao.sync(dao.engine({ ledger: twice }));
      expect(outcome.counters).toMatchObject({ total: 1, flushed: 1, failed: 0, viewsFlushed: 3 });
    },
  );
});

it.each(["55P03", "57014"])(
  "a statement that is held up with %s, and without any entry, too, fails its run and no target",
  async (code) => {
    await dao.count("a", 3);
    const outcome = await dao.sync(dao.engine({ ledger: refusing(dao.ledger, code) }));
    expect(outcome).toMatchObject({ status: "failed", counters: { failed: 0 } });
    expect(outcome.failure).toMatch(/locked by another session|took too long/);
    expect((await dao.sync()).counters).toMatchObject({ flushed: 1, viewsFlushed: 3 });
    await expectBalanced(dao);
  },
);
