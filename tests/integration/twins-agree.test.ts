import type { Redis } from "ioredis";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { AuditLog } from "~/accounts/audit.server";
import { forgetDiscard, takeForDiscard } from "~/sync/redis/batch-scripts";
import { FailedTargets } from "~/operations/failed-targets.server";
import { FailureReconciler } from "~/sync/repair/failure-reconciler.server";
import { PendingMembers } from "~/sync/redis/pending-members.server";
import type { NewRun } from "~/sync/engine/ports";
import { RegressionRepair } from "~/sync/repair/regression.server";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";
import { PostgresTwin } from "../simulation/postgres-twin";
import { RedisTwin } from "../simulation/redis-twin";
import { postgresState, redisState, tablesState } from "../simulation/end-state";

/**
 * The simulation proves as much as its twins are worth. Here the same scripted scenes run against them
 * and against the real servers, and must give the same answers and leave the same behind.
 */

const use = useServers();

const newRun: NewRun = {
  trigger: "cron",
  actor: "cron",
  targets: [],
  leaseSeconds: 30,
  abandoned: [],
};

async function begin(dao: SyncFixture, run: Partial<NewRun> = {}): Promise<string> {
  const begun = await dao.ledger.begin({ ...newRun, ...run });
  if (begun.kind === "busy") throw new Error("another run is active");
  return begun.run;
}

/** An older version's or another program's entry, past the count script. */
async function write(dao: SyncFixture, member: string, views: number): Promise<void> {
  await dao.redis.zincrby(dao.keys.overlay, views, member);
}

/** What a sync answers, without the ids that depend on what else the server has seen. */
async function sync(dao: SyncFixture, targets?: string[], parkAfter = 2): Promise<unknown> {
  const engine = dao.engine({ chunkSize: 2, leaseSeconds: 0, parkAfter });
  const outcome = await dao.sync(engine, targets && { trigger: "flush", actor: "admin", targets });
  const { status, counters, errors, failure } = outcome;
  return { status, counters, errors, failure };
}

const A = "forum_topic:a";
const B = "forum_topic:b";
const MOST_VIEWS = 2_147_483_647;

/** Redis falls back behind a batch that was flushed, with another one open; then an admin decides. */
async function failOver(dao: SyncFixture, choice: "keep" | "discard"): Promise<unknown[]> {
  const { redis, keys } = dao;
  await dao.count("a", 2);
  const syncs = [await sync(dao)];
  const run = await begin(dao);
  await dao.count("b", 4);
  await dao.batches.open(run, 1, "claim");
  await dao.count("a", 1);
  await dao.ledger.applyChunk(run, { id: 3, withParked: false }, [
    { target: A, topicId: "a", views: 1 },
  ]);
  await dao.ledger.finish(run, { status: "failed", error: "Redis connection failed" });
  await write(dao, "topic:b", 2);
  syncs.push(await sync(dao), await redis.get(keys.lastBatch));
  const decided = await repair(dao).resolve({ choice, reason: "a test", actor: "admin" });
  return [...syncs, decided.kind, await sync(dao), await dao.tracker.getPending([A, B])];
}

function repair(dao: SyncFixture): RegressionRepair {
  const { redis, keys, pool, daoSlug, batches, ledger, discards, books } = dao;
  const members = new PendingMembers({ redis, keys });
  const failures = new FailureReconciler({
    pool,
    daoSlug,
    failures: new FailedTargets({ pool, daoSlug }),
    members,
  });
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const options = { chunkSize: 2, leaseSeconds: 30, parkAfter: 2, maxSeconds: undefined };
  const logger = pino({ level: "silent" });
  // Prisma writes the audit log, and has no twin.
  const audit = { record: () => Promise.resolve() } as unknown as AuditLog;
  const sync = { batches, ledger, discards, failures, clock, logger, options };
  return new RegressionRepair({ sync, discards, members, books, audit, redis, keys });
}

const scenes: Record<string, (dao: SyncFixture) => Promise<unknown[]>> = {
  "a view counts once for a viewer": async (dao) => [
    await dao.tracker.trackView("forum_topic", "a", "one"),
    await dao.tracker.trackView("forum_topic", "a", "one"),
    await dao.tracker.trackView("topic", "a", "two"),
    await dao.tracker.getPending([A, B]),
  ],

  "syncs in chunks": async (dao) => {
    for (const topic of ["a", "b", "c", "d", "e"]) await dao.count(topic, topic.charCodeAt(0) - 96);
    const first = await sync(dao);
    await dao.count("b", 2);
    return [await dao.tracker.getPending([A, B]), first, await sync(dao), await sync(dao)];
  },

  "older names and malformed members": async (dao) => {
    await dao.count("a", 2);
    await write(dao, "topic:a", 3);
    await write(dao, "topic:b", 1);
    await write(dao, "post:1", 4);
    await write(dao, "forum_topic:half", 0.5);
    return [await sync(dao), await sync(dao), await sync(dao)];
  },

  "a total that gets too large is refused, parked and retried": async (dao) => {
    await write(dao, A, MOST_VIEWS);
    await dao.count("b", 1);
    const syncs = [await sync(dao)];
    for (let round = 0; round < 3; round += 1) {
      await dao.count("a", 1);
      await dao.count("b", 1);
      syncs.push(await sync(dao));
    }
    return [...syncs, await sync(dao, [A, B]), await dao.tracker.getPending([A, B])];
  },

  "chosen targets": async (dao) => {
    await dao.count("a", 2);
    await dao.count("b", 3);
    return [await sync(dao, [A]), await dao.tracker.getPending([A, B]), await sync(dao, ["x:1"])];
  },

  "a batch that a crash left behind, half applied": async (dao) => {
    await sync(dao);
    await dao.count("a", 2);
    await dao.count("b", 3);
    const run = await begin(dao);
    const high = (await dao.ledger.books()).lastBatch;
    const open = await dao.batches.open(run, high, "claim");
    if (open.kind !== "opened") throw new Error(open.kind);
    const entry = { target: A, topicId: "a", views: 2 };
    const answers = [
      await dao.ledger.recordBatch(run, open),
      await dao.ledger.applyChunk(run, open, [entry]),
      await dao.ledger.applyChunk(run, open, [entry]),
      await dao.ledger.books(),
    ];
    await dao.count("a", 5);
    return [open, ...answers, await dao.tracker.getPending([A, B]), await sync(dao)];
  },

  "who may open, fill and settle a batch": async (dao) => {
    await sync(dao);
    const { batches } = dao;
    await dao.count("a", 2);
    await dao.count("b", 3);
    return [
      await batches.open("50", 0, "adopt"),
      await batches.claimChosen("50", 0, "overlay", [A]),
      await batches.claimChosen("50", 0, "parked", [B]),
      await batches.claimChosen("51", 0, "overlay", [B]),
      await batches.claimChosen("50", 0, "overlay", [B]),
      await batches.open("50", 0, "adopt"),
      await batches.claimChosen("50", 0, "overlay", [A]),
      await batches.open("49", 0, "claim"),
      await batches.open("51", 0, "claim"),
      await batches.read(1, 0, 1),
      await batches.read(1, 1, 5),
      await batches.settleApplied("50", 1, [A]),
      await batches.settleApplied("51", 2, [A]),
      await batches.close("51", 1),
      await batches.settleApplied("51", 1, [A, A]),
      await batches.settleFailed("51", 1, [{ member: B, destination: "parked" }]),
      await batches.settleFailed("51", 1, [{ member: B, destination: "overlay" }]),
      await batches.close("50", 1),
      await batches.close("51", 1),
      await batches.open("52", 0, "claim"),
    ];
  },

  "a Redis that is new, went back, or was opened by somebody else": async (dao) => {
    const { batches } = dao;
    await dao.count("a", 2);
    const books = { applied: 7, discarded: 1, lastBatch: 3, batchApplied: 2 };
    return [
      await batches.open("1", 0, "claim"),
      await batches.claimChosen("1", 0, "overlay", [A]),
      await batches.reopenBooks(books, 4),
      await batches.reopenBooks(books, undefined),
      await batches.reopenBooks(books, undefined),
      await batches.open("1", 5, "claim"),
      await batches.claimChosen("1", 4, "parked", [A]),
      await batches.open("1", 3, "claim"),
      await batches.reopenBooks({ ...books, lastBatch: 9 }, 4),
    ];
  },

  "claims that arrive again when others have moved on": async (dao) => {
    await sync(dao);
    const { batches } = dao;
    await dao.count("a", 1);
    const answers = [await batches.open("60", 0, "claim"), await batches.close("60", 1)];
    await batches.settleApplied("60", 1, [A]);
    answers.push(await batches.close("60", 1));
    await dao.count("a", 2);
    await dao.count("b", 3);
    return [
      ...answers,
      await batches.claimChosen("61", 0, "overlay", [A]),
      await batches.open("60", 0, "claim"),
      await batches.open("62", 0, "claim"),
      await batches.claimChosen("61", 0, "overlay", [B]),
      await batches.open("61", 0, "adopt"),
      await batches.open("61", 0, "adopt", "force"),
      await batches.settleApplied("62", 2, [A]),
      await batches.settleApplied("61", 2, [A]),
      await batches.close("61", 2),
      await batches.settleFailed("61", 2, [{ member: A, destination: "overlay" }]),
      await batches.open("60", 0, "claim"),
    ];
  },

  "a Redis that was wiped": async (dao) => {
    await dao.count("a", 2);
    const syncs = [await sync(dao)];
    const { overlay, batch, parked, lastBatch, accepted, totals } = dao.keys;
    await dao.count("b", 1);
    await dao.redis.del(overlay, batch, parked, lastBatch, accepted, totals);
    await dao.count("a", 3);
    const { difference, lastBatch: last, highWater } = await dao.books.read();
    return [...syncs, [difference, last, highWater], await sync(dao), await sync(dao)];
  },

  "an overlay that is kept after a failover": (dao) => failOver(dao, "keep"),
  "an overlay that is discarded after a failover": (dao) => failOver(dao, "discard"),

  "a run that was taken over": async (dao) => {
    const first = await begin(dao);
    const busy = await dao.ledger.begin(newRun);
    const second = await begin(dao, { leaseSeconds: 0 });
    const third = await dao.ledger.begin({ ...newRun, abandoned: [second] });
    const batch = {
      kind: "adopted",
      id: 1,
      size: 3,
      withParked: false,
      quarantined: false,
    } as const;
    const failure = { target: A, topicId: "a", views: 1, error: "refused" };
    return [
      [busy.kind, third.kind],
      await dao.ledger.heartbeat(first),
      await dao.ledger.recordBatch(first, batch),
      await dao.ledger.deferTargets(first, 1),
      await dao.ledger.applyChunk(first, batch, [{ target: A, topicId: "a", views: 1 }]),
      await dao.ledger.recordFailures(first, 1, [failure], 5),
      await dao.ledger.booksReopened(first, "wiped"),
      await dao.ledger.finish(first, { status: "by-counters" }),
    ];
  },

  "a failure is final only where the row lacks the batch": async (dao) => {
    const run = await begin(dao);
    const batch = {
      kind: "opened",
      id: 4,
      size: 3,
      withParked: false,
      quarantined: false,
    } as const;
    await dao.ledger.recordBatch(run, batch);
    await dao.ledger.applyChunk(run, batch, [{ target: A, topicId: "a", views: 2 }]);
    const entries = [
      { target: A, topicId: "a", views: 2, error: "refused" },
      { target: B, topicId: "b", views: 3, error: "refused" },
      { target: "post:1", topicId: undefined, views: undefined, error: "Unknown target type" },
    ];
    const first = await dao.ledger.recordFailures(run, batch.id, entries, 2);
    const second = await dao.ledger.recordFailures(run, 5, entries, 2);
    const failed = [first, second].map((answer) => answer.fenced && [...answer.failed].sort());
    const cleared = await dao.ledger.applyChunk(run, { id: 6, withParked: true }, [
      { target: B, topicId: "b", views: 3 },
    ]);
    return [failed, cleared, await dao.ledger.finish(run, { status: "by-counters" })];
  },

  "a discard, and what of it arrives late": async (dao) => {
    await sync(dao);
    await dao.count("a", 2);
    await dao.count("b", 3);
    const request = { reason: "a bot", actor: "admin" };
    const { id, views } = await dao.discards.discard({ ...request, targets: [A, "post:1"] });
    const { overlay, parked, totals, discard, discardDone, lastBatch } = dao.keys;
    const places = (of: string) => [
      overlay,
      parked,
      totals,
      discard(of),
      discardDone(of),
      lastBatch,
    ];
    const lateOne = await takeForDiscard.run(dao.redis, places(id), [id, "parked", B]);
    const taken = await takeForDiscard.run(dao.redis, places("0"), ["0", "overlay", B]);
    const marks = [totals, discard("0"), discardDone("0")];
    return [
      views,
      lateOne,
      taken,
      await forgetDiscard.run(dao.redis, marks, ["0", "2", 60]),
      await dao.discards.finishUnfinished(),
      await forgetDiscard.run(dao.redis, marks, ["0", "3", 60]),
      await forgetDiscard.run(dao.redis, marks, ["0", "3", 60]),
    ];
  },
};

describe("the twins and the real servers agree on", () => {
  it.each(Object.entries(scenes))("%s", async (_name, scene) => {
    const real = syncFixture(use.servers);
    const answers = await scene(real);

    let clock = 1_000_000;
    const now = () => (clock += 1);
    const postgres = new PostgresTwin({ now });
    const redis = new RedisTwin({ now }).client() as Redis;
    const twin = syncFixture({ redis, pool: postgres.pool() });
    expect(await scene(twin)).toEqual(answers);
    expect(await redisState(twin)).toEqual(await redisState(real));
    expect(tablesState(postgres)).toEqual(await postgresState(real));
    expect((await twin.books.read()).difference).toBe((await real.books.read()).difference);
  });
});
