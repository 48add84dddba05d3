import { beforeEach, describe, expect, it } from "vitest";
import { FailedTargets } from "~/operations/failed-targets.server";
import { FailureReconciler } from "~/sync/repair/failure-reconciler.server";
import { PendingMembers } from "~/sync/redis/pending-members.server";
import { waitUntil } from "../../scripts/local/wait-until";
import { intercept } from "../helpers/intercept";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

const use = useServers();
let dao: SyncFixture;

beforeEach(() => {
  dao = syncFixture(use.servers);
});

const batch = { kind: "opened", id: 1, size: 1, withParked: false, quarantined: false } as const;
const entry = { target: "forum_topic:a", topicId: "a", views: 3 };
const failure = { ...entry, error: "refused" };

function begin(leaseSeconds = 30) {
  const request = { trigger: "cron", actor: "cron", targets: [], abandoned: [] } as const;
  return dao.ledger.begin({ ...request, targets: [], abandoned: [], leaseSeconds });
}

async function started(): Promise<string> {
  const begun = await begin();
  if (begun.kind === "busy") throw new Error("busy");
  return begun.run;
}

/** Holds locks of its own until `end`. */
async function otherSession() {
  const client = await dao.pool.connect();
  await client.query("BEGIN");
  return {
    lock: (statement: string, values: unknown[]) => client.query(statement, values),
    async end() {
      await client.query("COMMIT");
      client.release();
    },
  };
}

async function waitingStatements(count: number): Promise<void> {
  await waitUntil(
    async () => {
      const waiting = await dao.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.rowCount === count;
    },
    { what: `${count} waiting statements`, seconds: 10 },
  );
}

const interrupt = "UPDATE sync_runs SET status = 'interrupted' WHERE id = $1";

describe("the fence", () => {
  it("waits for a take-over that is about to be committed", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock(interrupt, [run]);
    const applying = dao.ledger.applyChunk(run, batch, [entry]);
    await waitingStatements(1);
    await other.end();
    expect(await applying).toEqual({ fenced: false });
    expect(await dao.persisted("a")).toBe(0);
  });

  it("holds up a short statement, too", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock(interrupt, [run]);
    const recording = dao.ledger.recordFailures(run, 1, [failure], 5);
    await waitingStatements(1);
    await other.end();
    expect(await recording).toEqual({ fenced: false });
  });

  it("undoes a chunk whose run is taken over while the chunk is being written", async () => {
    const run = await started();
    await dao.ledger.applyChunk(run, batch, [{ ...entry, topicId: "b" }]);
    const other = await otherSession();
    await other.lock(
      `SELECT FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = 'b' FOR UPDATE`,
      [dao.daoSlug],
    );
    const next = { ...batch, id: 2 };
    const applying = dao.ledger.applyChunk(run, next, [entry, { ...entry, topicId: "b" }]);
    await waitingStatements(1);
    await dao.pool.query(interrupt, [run]);
    await other.end();
    expect(await applying).toEqual({ fenced: false });
    expect([await dao.persisted("a"), await dao.persisted("b")]).toEqual([0, 3]);
    expect(await dao.ledger.books()).toMatchObject({ applied: 3, lastBatch: 1 });
  });

  it("makes a take-over wait for a chunk that is about to be committed", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock("SELECT FROM view_books WHERE dao_slug = $1 FOR UPDATE", [dao.daoSlug]);
    const applying = dao.ledger.applyChunk(run, batch, [entry]);
    await waitingStatements(1);
    const takingOver = begin(0);
    await waitingStatements(2);
    await other.end();
    expect(await applying).toEqual({ fenced: true, applied: 1 });
    expect(await takingOver).toMatchObject({ kind: "started", takenOver: [run] });
    expect(await dao.persisted("a")).toBe(3);
  });
});

describe("chunks that meet in PostgreSQL", () => {
  const a = { target: "forum_topic:a", topicId: "a", views: 3 };
  const b = { target: "forum_topic:b", topicId: "b", views: 4 };
  const lockRow = `SELECT FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = 'b' FOR UPDATE`;
  const second = { ...batch, id: 2 };

  /** A statement that has written `a` and waits for `b`, until `other` ends. */
  async function halfDone() {
    const run = await started();
    await dao.ledger.applyChunk(run, batch, [b]);
    const other = await otherSession();
    await other.lock(lockRow, [dao.daoSlug]);
    const applying = dao.ledger.applyChunk(run, second, [a, b]);
    await waitingStatements(1);
    return { run, other, applying };
  }

  it("wait for rows of a run that was taken over, and find them as they were", async () => {
    const { run, other, applying } = await halfDone();
    const successor = await begin(0);
    if (successor.kind === "busy") throw new Error("busy");
    expect(successor.takenOver).toEqual([run]);
    const again = dao.ledger.applyChunk(successor.run, second, [a, b]);
    await waitingStatements(2);
    await other.end();
    expect(await applying).toEqual({ fenced: false });
    expect(await again).toEqual({ fenced: true, applied: 2 });
    expect([await dao.persisted("a"), await dao.persisted("b")]).toEqual([3, 8]);
    expect(await dao.ledger.books()).toMatchObject({ applied: 11, batchApplied: 7 });
  });

  it("write nothing when their run has ended without waiting for them", async () => {
    const { run, other, applying } = await halfDone();
    expect(await dao.ledger.finish(run, { status: "failed" })).toMatchObject({ fenced: true });
    await other.end();
    expect(await applying).toEqual({ fenced: false });
    expect([await dao.persisted("a"), await dao.persisted("b")]).toEqual([0, 4]);
  });

  it("make the end of their run wait once they have passed the fence", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock("SELECT FROM view_books WHERE dao_slug = $1 FOR UPDATE", [dao.daoSlug]);
    const applying = dao.ledger.applyChunk(run, batch, [a]);
    await waitingStatements(1);
    const finishing = dao.ledger.finish(run, { status: "failed" });
    await waitingStatements(2);
    await other.end();
    expect(await applying).toMatchObject({ fenced: true });
    expect(await finishing).toMatchObject({ counters: { flushed: 1, viewsFlushed: 3 } });
  });

  it("add up when they wait for each other, whatever changed meanwhile", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock("UPDATE view_books SET discarded = discarded + 5 WHERE dao_slug = $1", [
      dao.daoSlug,
    ]);
    await other.lock("UPDATE sync_runs SET flushed = flushed + 1 WHERE id = $1", [run]);
    const chunks = [a, b].map((entry) => dao.ledger.applyChunk(run, batch, [entry]));
    await waitingStatements(2);
    await other.end();
    expect(await Promise.all(chunks)).toEqual([
      { fenced: true, applied: 1 },
      { fenced: true, applied: 1 },
    ]);
    expect(await dao.ledger.books()).toMatchObject({ applied: 7, discarded: 5, batchApplied: 7 });
    expect(await dao.ledger.finish(run, { status: "by-counters" })).toMatchObject({
      counters: { flushed: 3, viewsFlushed: 7 },
    });
  });
});

describe("the lease", () => {
  const steps: Array<[step: string, take: (run: string) => Promise<unknown>]> = [
    ["a heartbeat", (run) => dao.ledger.heartbeat(run)],
    ["a batch", (run) => dao.ledger.recordBatch(run, batch)],
    ["a chunk", (run) => dao.ledger.applyChunk(run, batch, [entry])],
    ["a failure", (run) => dao.ledger.recordFailures(run, 1, [failure], 5)],
    ["a deferred target", (run) => dao.ledger.deferTargets(run, 0)],
    ["opened books", (run) => dao.ledger.booksReopened(run, undefined)],
  ];

  it.each(steps)("is renewed by %s, however long ago the run began", async (_step, take) => {
    const run = await started();
    await dao.pool.query(
      `UPDATE sync_runs SET started_at = started_at - interval '1 hour',
         heartbeat_at = heartbeat_at - interval '1 hour' WHERE id = $1`,
      [run],
    );
    await take(run);
    expect((await begin()).kind).toBe("busy");
  });

  it("need not be waited for by the process whose own run could not be ended", async () => {
    let isAway = true;
    const ledger = intercept(dao.ledger, (method, call) =>
      method === "finish" && isAway ? Promise.reject(new Error("connection lost")) : call(),
    );
    const engine = dao.engine({ ledger });
    await dao.sync(engine);
    isAway = false;
    const other = await dao.engine().start({ trigger: "cron", actor: "cron" });
    expect(other.kind).toBe("busy");
    expect((await dao.sync(engine)).status).toBe("empty");
  });

  it("ends without a sign of life", async () => {
    const run = await started();
    await dao.pool.query(
      "UPDATE sync_runs SET heartbeat_at = heartbeat_at - interval '1 hour' WHERE id = $1",
      [run],
    );
    expect(await begin()).toMatchObject({ kind: "started", takenOver: [run] });
    expect(await dao.ledger.heartbeat(run)).toEqual({ fenced: false });
  });
});

describe("a run that was taken over before it claimed anything", () => {
  it("leaves its successor's batch alone", async () => {
    await dao.count("a", 3);
    let wake = () => {};
    let settle = () => {};
    const awake = new Promise<void>((resolve) => (wake = resolve));
    const mayApply = new Promise<void>((resolve) => (settle = resolve));
    let isAsleep = false;
    const sleeping = intercept(dao.batches, async (method, call) => {
      isAsleep ||= method === "open";
      if (method === "open") await awake;
      return call();
    });
    const first = dao.sync(dao.engine({ batches: sleeping }));
    await expect.poll(() => isAsleep).toBe(true);
    let isApplying = false;
    const slow = intercept(dao.ledger, async (method, call) => {
      isApplying ||= method === "applyChunk";
      if (method === "applyChunk") await mayApply;
      return call();
    });
    const second = dao.sync(dao.engine({ ledger: slow, leaseSeconds: 0 }));
    await expect.poll(() => isApplying).toBe(true);
    wake();
    expect((await first).status).toBe("interrupted");
    settle();
    expect(await second).toMatchObject({ status: "succeeded", counters: { flushed: 1 } });
  });
});

describe("failures are reconciled", () => {
  function reconciler(): FailureReconciler {
    const { pool, daoSlug, redis, keys } = dao;
    return new FailureReconciler({
      pool,
      daoSlug,
      failures: new FailedTargets({ pool, daoSlug }),
      members: new PendingMembers({ redis, keys }),
    });
  }

  async function parkedFailures(): Promise<unknown> {
    const { rows } = await dao.pool.query(
      "SELECT target, parked FROM failed_targets WHERE dao_slug = $1",
      [dao.daoSlug],
    );
    return rows;
  }

  const parked = [{ target: entry.target, parked: true }];

  it("only by the run that is running", async () => {
    const run = await started();
    await dao.ledger.recordFailures(run, 1, [failure], 1);
    await dao.ledger.finish(run, { status: "by-counters" });
    expect(await reconciler().reconcile(run)).toBe(false);
    expect(await parkedFailures()).toEqual(parked);
    expect(await reconciler().reconcile(await started())).toBe(true);
    expect(await parkedFailures()).toEqual([]);
  });

  it("without those whose parked views may stand in the open batch", async () => {
    const run = await started();
    await dao.ledger.recordFailures(run, 1, [failure], 1);
    const { redis, keys } = dao;
    await redis.hset(keys.batch, { id: "2", owner: run });
    await redis.zadd(keys.batchMembers(2), 3, entry.target);
    await redis.zadd(keys.overlay, 1, entry.target);
    expect(await reconciler().reconcile(run)).toBe(true);
    expect(await parkedFailures()).toEqual(parked);
    await redis.del(keys.batch);
    expect(await reconciler().reconcile(run)).toBe(true);
    expect(await parkedFailures()).toEqual([{ target: entry.target, parked: false }]);
  });
});
