import { describe, expect, it } from "vitest";
import { booksOf } from "~/sync/postgres/ledger-statements";
import type { BooksInDatabase } from "~/sync/postgres/postgres-ledger.server";
import { waitUntil } from "../../scripts/local/wait-until";
import { gate, intercept } from "../helpers/intercept";
import { syncFixture } from "../helpers/sync-fixture";
import { forEachTest, useServers } from "../helpers/use-servers";

/**
 * What the ledger's statements do when they meet. What each does alone, the scenes of
 * in-memory-stores.test.ts compare with the simulated ones.
 */

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

const batch = { kind: "opened", id: 1, size: 1, quarantined: false } as const;
const entry = { target: "forum_topic:a", topicId: "a", views: 3 };
const failure = { ...entry, error: "refused" };

function begin(leaseSeconds = 30) {
  return dao.ledger.begin({ trigger: "cron", actor: "cron" }, leaseSeconds);
}

async function started(leaseSeconds?: number): Promise<string> {
  const begun = await begin(leaseSeconds);
  if (begun.kind === "busy") throw new Error("busy");
  return begun.run;
}

async function books(): Promise<BooksInDatabase> {
  const [row] = await dao.query<BooksInDatabase>(booksOf("$1"));
  return row!;
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

/** What becomes of a step, which ends while nobody waits for it yet. */
function fate(step: Promise<unknown>): Promise<unknown> {
  return step.catch((error: Error) => error.message);
}

const takenOver = "Another sync has taken over";
const interrupt = "UPDATE sync_runs SET status = 'interrupted' WHERE id = $1";

describe("the fence", () => {
  it("waits for a take-over that is about to be committed", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock(interrupt, [run]);
    const applying = fate(dao.ledger.applyChunk(run, 1, [entry]));
    await waitingStatements(1);
    await other.end();
    expect(await applying).toBe(takenOver);
    expect(await dao.persisted("a")).toBe(0);
  });

  it.each<[string, (run: string) => Promise<unknown>]>([
    ["of failures", (run) => dao.ledger.recordFailures(run, 1, [failure])],
    ["that begins with it", (run) => dao.ledger.moveOffset(run, 1, 1)],
  ])("holds up a statement %s, too", async (_which, send) => {
    const run = await started();
    await dao.ledger.applyChunk(run, 1, [{ ...entry, topicId: "b" }]);
    const other = await otherSession();
    await other.lock(interrupt, [run]);
    const sending = fate(send(run));
    await waitingStatements(1);
    await other.end();
    expect(await sending).toBe(takenOver);
  });

  it("undoes a chunk whose run is taken over while the chunk is being written", async () => {
    const run = await started();
    await dao.ledger.applyChunk(run, 1, [{ ...entry, topicId: "b" }]);
    const other = await otherSession();
    await other.lock(
      `SELECT FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = 'b' FOR UPDATE`,
      [dao.daoSlug],
    );
    const next = 2;
    const applying = fate(dao.ledger.applyChunk(run, next, [entry, { ...entry, topicId: "b" }]));
    await waitingStatements(1);
    await dao.pool.query(interrupt, [run]);
    await other.end();
    expect(await applying).toBe(takenOver);
    expect([await dao.persisted("a"), await dao.persisted("b")]).toEqual([0, 3]);
    expect(await books()).toMatchObject({ applied: 3, lastBatch: 1 });
  });

  it("makes a take-over wait for a chunk that is about to be committed", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock("SELECT FROM view_books WHERE dao_slug = $1 FOR UPDATE", [dao.daoSlug]);
    const applying = dao.ledger.applyChunk(run, 1, [entry]);
    await waitingStatements(1);
    const takingOver = begin(0);
    await waitingStatements(2);
    await other.end();
    await applying;
    expect(await takingOver).toMatchObject({ kind: "started", takenOver: [run] });
    expect(await dao.persisted("a")).toBe(3);
  });
});

describe("chunks that meet in PostgreSQL", () => {
  const a = { target: "forum_topic:a", topicId: "a", views: 3 };
  const b = { target: "forum_topic:b", topicId: "b", views: 4 };
  const lockRow = `SELECT FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = 'b' FOR UPDATE`;
  const second = 2;

  /** A statement that has written `a` and waits for `b`, until `other` ends. */
  async function halfDone() {
    const run = await started();
    await dao.ledger.applyChunk(run, 1, [b]);
    const other = await otherSession();
    await other.lock(lockRow, [dao.daoSlug]);
    const applying = fate(dao.ledger.applyChunk(run, second, [a, b]));
    await waitingStatements(1);
    return { run, other, applying };
  }

  it("wait for rows of a run that was taken over, and find them as they were", async () => {
    const { run, other, applying } = await halfDone();
    const successor = await started(0);
    expect(successor).not.toBe(run);
    const again = dao.ledger.applyChunk(successor, second, [a, b]);
    await waitingStatements(2);
    await other.end();
    expect(await applying).toBe(takenOver);
    await again;
    expect([await dao.persisted("a"), await dao.persisted("b")]).toEqual([3, 8]);
    expect(await books()).toMatchObject({ applied: 11, batchTaken: 7 });
  });

  it("write nothing when their run has ended without waiting for them", async () => {
    const { run, other, applying } = await halfDone();
    await dao.ledger.finish(run, { status: "failed" });
    await other.end();
    expect(await applying).toBe(takenOver);
    expect([await dao.persisted("a"), await dao.persisted("b")]).toEqual([0, 4]);
  });

  it("make the end of their run wait once they have passed the fence", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock("SELECT FROM view_books WHERE dao_slug = $1 FOR UPDATE", [dao.daoSlug]);
    const applying = dao.ledger.applyChunk(run, 1, [a]);
    await waitingStatements(1);
    const finishing = dao.ledger.finish(run, { status: "failed" });
    await waitingStatements(2);
    await other.end();
    await applying;
    expect(await finishing).toMatchObject({ counters: { flushed: 1, viewsFlushed: 3 } });
  });

  it("add up when they wait for each other, whatever changed meanwhile", async () => {
    const run = await started();
    const other = await otherSession();
    await other.lock("UPDATE view_books SET discarded = discarded + 5 WHERE dao_slug = $1", [
      dao.daoSlug,
    ]);
    await other.lock("UPDATE sync_runs SET flushed = flushed + 1 WHERE id = $1", [run]);
    const chunks = [a, b].map((entry) => dao.ledger.applyChunk(run, 1, [entry]));
    await waitingStatements(2);
    await other.end();
    await Promise.all(chunks);
    expect(await books()).toMatchObject({ applied: 7, discarded: 5, batchTaken: 7 });
    expect(await dao.ledger.finish(run, { status: "by-counters" })).toMatchObject({
      counters: { flushed: 3, viewsFlushed: 7 },
    });
  });
});

describe("the lease", () => {
  const steps: Array<[step: string, take: (run: string) => Promise<unknown>]> = [
    ["a heartbeat", (run) => dao.ledger.heartbeat(run)],
    ["a batch", (run) => dao.ledger.recordBatch(run, batch)],
    ["a chunk", (run) => dao.ledger.applyChunk(run, 1, [entry])],
    ["a failure", (run) => dao.ledger.recordFailures(run, 1, [failure])],
    ["a retry", (run) => dao.ledger.retryTargets(run, [])],
    ["a failed retry", (run) => dao.ledger.recordRetryFailures(run, [])],
    ["reopened books", (run) => dao.ledger.reopenBooks(run, undefined)],
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
});

it("a run that was taken over before it opened a batch does not disturb its successor", async () => {
  await dao.count("a", 3);
  const [asleep, awake, applying, mayApply] = [gate(), gate(), gate(), gate()];
  const sleeping = intercept(dao.batches, async (method, call) => {
    if (method === "open") asleep.open();
    if (method === "open") await awake.opened;
    return call();
  });
  const first = dao.sync(dao.engine({ batches: sleeping }));
  await asleep.opened;
  const slow = intercept(dao.ledger, async (method, call) => {
    if (method === "applyChunk") applying.open();
    if (method === "applyChunk") await mayApply.opened;
    return call();
  });
  const second = dao.sync(dao.engine({ ledger: slow, leaseSeconds: 0 }));
  await applying.opened;
  awake.open();
  expect((await first).status).toBe("interrupted");
  mayApply.open();
  expect(await second).toMatchObject({ status: "succeeded", counters: { flushed: 1 } });
});

describe("a batch is taken once", () => {
  const target = entry.target;

  /** A run whose first batch is refused, and kept. */
  async function failing(): Promise<string> {
    const run = await started();
    expect(await dao.ledger.recordFailures(run, 1, [failure])).toEqual(new Set([target]));
    return run;
  }

  it("by one of two admins who decide at once", async () => {
    const run = await failing();
    const other = await otherSession();
    await other.lock("SELECT FROM failed_targets WHERE dao_slug = $1 FOR UPDATE", [dao.daoSlug]);
    const decisions = Promise.all([
      dao.ledger.retryTargets(run, [target]),
      dao.repairs.discard([target], "a bot", "admin"),
    ]);
    await waitingStatements(2);
    await other.end();
    await decisions;
    const { applied, discarded, kept } = await books();
    expect([applied + discarded, kept]).toEqual([3, 0]);
    expect(await dao.persisted("a")).toBe(applied);
  });

  it("with the views that came while a retry waited for them", async () => {
    const run = await failing();
    const other = await otherSession();
    await other.lock(
      `UPDATE failed_targets SET views = views + 4, batch_id = 2 WHERE dao_slug = $1`,
      [dao.daoSlug],
    );
    const retrying = dao.ledger.retryTargets(run, [target]);
    await waitingStatements(1);
    await other.end();
    await retrying;
    expect(await dao.persisted("a")).toBe(7);
    expect(await dao.kept()).toEqual({});
    const rows = await dao.query("SELECT batch_id FROM forum_topic_view_stats WHERE dao_slug = $1");
    expect(rows).toEqual([{ batch_id: "0" }]);
  });
});

it("views that an admin takes off a topic go from its latest days", async () => {
  const run = await started();
  await dao.ledger.applyChunk(run, 1, [{ ...entry, views: 10 }]);
  await dao.query(`UPDATE forum_topic_view_daily SET views = 4 WHERE dao_slug = $1`);
  await dao.query(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
     VALUES ($1, 'a', current_date - 7, 6)`,
  );
  const days = async () => {
    const rows = await dao.query<{ views: number }>(
      "SELECT views FROM forum_topic_view_daily WHERE dao_slug = $1 ORDER BY day DESC",
    );
    return rows.map(({ views }) => views);
  };
  expect(await dao.repairs.takeOff("a", 5, "an attack", "admin")).toBe(5);
  expect([await dao.persisted("a"), ...(await days())]).toEqual([5, 0, 5]);
  expect(await dao.repairs.takeOff("a", 1_000, "an attack", "admin")).toBe(5);
  expect([await dao.persisted("a"), ...(await days())]).toEqual([0, 0, 0]);
});
