import type { Redis } from "ioredis";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { AuditLog } from "~/accounts/audit.server";
import { TopicViewsReader } from "~/counting/topic-views.server";
import type { SyncRequest } from "~/sync/postgres/postgres-ledger.server";
import { SupersededError } from "~/sync/sync-errors";
import type { OpenedBatch } from "~/sync/redis/redis-batch-store.server";
import { RegressionRepair } from "~/sync/repair/regression.server";
import { trackView } from "../helpers/track-view";
import { holdTopic } from "../helpers/hold-topic";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";
import { InMemoryPostgres } from "../simulation/in-memory-postgres";
import { InMemoryRedis } from "../simulation/in-memory-redis";
import { postgresState, redisState, tablesState } from "../simulation/end-state";

/**
 * The simulation proves only as much as its in-memory stores are faithful. Here the same scripted scenes run
 * against them and against the real servers, and must give the same answers and leave the same data.
 */

const use = useServers();

const byCron = { trigger: "cron", actor: "cron" } as const;

async function begin(dao: SyncFixture, leaseSeconds = 30): Promise<string> {
  const begun = await dao.ledger.begin(byCron, leaseSeconds);
  if (begun.kind === "busy") throw new Error("another run is active");
  return begun.run;
}

/** An older version's or another program's entry, past the count script. */
async function write(dao: SyncFixture, member: string, views: number): Promise<void> {
  await dao.redis.zincrby(dao.keys.overlay, views, member);
}

/** The answer of a sync, without ids, which depend on other tests on the same server. */
async function sync(dao: SyncFixture, request?: Partial<SyncRequest>): Promise<unknown> {
  const engine = dao.engine({ chunkSize: 2, leaseSeconds: 0, parkAfter: 2, lockSeconds: 0.05 });
  const { status, counters, errors, failure } = await dao.sync(engine, request);
  return { status, counters, errors, failure };
}

function retry(dao: SyncFixture, targets: string[]): Promise<unknown> {
  return sync(dao, { trigger: "retry", actor: "admin", targets });
}

async function read({ tracker, pool, daoSlug }: SyncFixture): Promise<unknown> {
  const views = await new TopicViewsReader({ tracker, pool, daoSlug }).read(["a", "b"]);
  return views.map(({ baseViews, overlayViews }) => [baseViews, overlayViews]);
}

const A = "forum_topic:a";
const B = "forum_topic:b";
const entryA = { target: A, topicId: "a", views: 2 };
const entryB = { target: B, topicId: "b", views: 3 };
const older = { target: "topic:a", topicId: "a", views: 4, error: "Counted under an older name" };
const malformed = { target: "post:1", topicId: null, views: 5, error: "Unknown target type" };
const refused = { error: "refused" };
const MOST_VIEWS = 2_147_483_647;

/** A batch as a run has opened it. */
function batchOf(id: number, size: number): OpenedBatch {
  return { kind: "opened", id, size, quarantined: false };
}

function repair({ batches, ledger, books }: SyncFixture): RegressionRepair {
  const options = {
    ...{ chunkSize: 2, leaseSeconds: 30, parkAfter: 2 },
    ...{ maxSeconds: undefined, lockSeconds: 2 },
  };
  const logger = pino({ level: "silent" });
  // Prisma writes the audit log, and is not simulated.
  const audit = { record: () => Promise.resolve() } as unknown as AuditLog;
  return new RegressionRepair({ batches, ledger, logger, options, books, audit });
}

/** The balance without its times, because the two kinds of stores have different clocks. */
async function sums(dao: SyncFixture): Promise<unknown> {
  const { pendingSince: _since, batchOpenedAt: _batch, ...numbers } = await dao.books.read();
  return numbers;
}

async function failOver(dao: SyncFixture, choice: "keep" | "discard"): Promise<unknown[]> {
  const { redis, keys } = dao;
  await dao.count("a", 2);
  const syncs = [await sync(dao)];
  const run = await begin(dao);
  await dao.count("b", 4);
  await dao.batches.open(1);
  await dao.count("a", 1);
  await dao.ledger.applyChunk(run, 3, [{ ...entryA, views: 1 }]);
  await dao.ledger.finish(run, { status: "failed", error: "Redis connection failed" });
  await write(dao, "topic:b", 2);
  syncs.push(await sync(dao), await redis.get(keys.lastBatch));
  const decided = await repair(dao).resolve({ choice, reason: "a test", actor: "admin" });
  return [...syncs, { ...decided, run: undefined }, await sync(dao), await read(dao)];
}

/** Has another session hold a topic's row, until it is released. */
type Hold = (topicId: string) => Promise<() => Promise<void>>;

const scenes: Record<string, (dao: SyncFixture, hold: Hold) => Promise<unknown[]>> = {
  "a view counts once for a viewer": async (dao) => [
    await trackView(dao.tracker, "a", "one"),
    await trackView(dao.tracker, "a", "one"),
    await trackView(dao.tracker, "a", "two", "topic"),
    await dao.tracker.getPending([A, B]),
  ],

  "syncs in chunks": async (dao) => {
    for (const topic of ["a", "b", "c", "d", "e"]) await dao.count(topic, topic.charCodeAt(0) - 96);
    const first = await sync(dao);
    await dao.count("b", 2);
    return [await read(dao), first, await sync(dao), await sync(dao), await read(dao)];
  },

  "older names and malformed members": async (dao) => {
    await dao.count("a", 2);
    await write(dao, "topic:a", 3);
    await write(dao, "topic:b", 1);
    await write(dao, "post:1", 4);
    await write(dao, "forum_topic:half", 0.5);
    return [await sync(dao), await read(dao), await sync(dao), await retry(dao, ["post:1"])];
  },

  "a total that gets too large is refused, parked, retried and discarded": async (dao) => {
    await write(dao, A, MOST_VIEWS);
    await dao.count("b", 1);
    const answers = [await sync(dao)];
    for (let round = 0; round < 3; round += 1) {
      await dao.count("a", 1);
      await dao.count("b", 1);
      answers.push(await sync(dao), await read(dao));
    }
    answers.push(await retry(dao, [A, B]), await dao.repairs.takeOff("a", 2, "a bot", "admin"));
    return [...answers, await retry(dao, [A]), await read(dao)];
  },

  "a batch that a crash left behind, half taken": async (dao) => {
    await sync(dao);
    await dao.count("a", 2);
    await dao.count("b", 3);
    await dao.count("c", 4);
    const run = await begin(dao);
    const open = await dao.batches.open(await dao.ledger.highWaterMark());
    if (open.kind !== "opened") throw new Error(open.kind);
    const answers: unknown[] = [
      await dao.ledger.recordBatch(run, open),
      // PostgreSQL has not seen the batch yet, and so has no offset of it.
      await dao.ledger.moveOffset(run, 1, 1).catch((error: Error) => error.message),
      await dao.ledger.applyChunk(run, 1, [entryA]),
      await dao.ledger.applyChunk(run, 1, [entryA]),
      await dao.ledger.moveOffset(run, 1, 1),
      await dao.ledger.moveOffset(run, 1, 0),
      await dao.ledger.recordBatch(run, open),
      await sums(dao),
    ];
    await dao.count("a", 5);
    return [open, ...answers, await read(dao), await sync(dao), await sync(dao)];
  },

  "who may read and close a batch": async (dao) => {
    await sync(dao);
    const { batches } = dao;
    await dao.count("a", 2);
    await dao.count("b", 3);
    return [
      await batches.open(0),
      await batches.open(0),
      await batches.read(1, 0, 1),
      await batches.read(1, 1, 5),
      await batches.read(2, 0, 5),
      await dao.count("a", 1),
      await dao.tracker.getPending([A, B]),
      await batches.close(2),
      await batches.close(1),
      await batches.close(1),
      await batches.read(1, 0, 1),
      await batches.open(7),
      await batches.open(1),
      await batches.close(2),
      await batches.open(1),
      await dao.count("a", 1),
      await batches.open(0),
    ];
  },

  "a Redis that is new, went back, or was opened by somebody else": async (dao) => {
    const { batches } = dao;
    await dao.count("a", 2);
    const books = {
      applied: 7,
      discarded: 1,
      kept: 4,
      adopted: 2,
      lastBatch: 3,
      batchTaken: 2,
    };
    const keep = { dropOverlay: false };
    const drop = { dropOverlay: true };
    const accepted = () => dao.redis.get(dao.keys.accepted);
    return [
      await batches.open(0),
      await batches.reopenBooks(books, 4, keep),
      await batches.reopenBooks(books, undefined, keep),
      await batches.reopenBooks(books, undefined, keep),
      await accepted(),
      await batches.open(5),
      await batches.open(3),
      await dao.count("b", 1),
      await batches.reopenBooks({ ...books, lastBatch: 4, batchTaken: 1 }, 4, keep),
      await accepted(),
      await batches.reopenBooks({ ...books, lastBatch: 9 }, 4, drop),
      await accepted(),
    ];
  },

  "a Redis that was wiped": async (dao) => {
    await dao.count("a", 2);
    const syncs = [await sync(dao)];
    const { overlay, batch, lastBatch, accepted, totals } = dao.keys;
    await dao.count("b", 1);
    await dao.redis.del(overlay, batch, lastBatch, accepted, totals);
    await dao.count("a", 3);
    const { difference, lastBatch: last, highWater } = await dao.books.read();
    return [...syncs, [difference, last, highWater], await sync(dao), await sync(dao)];
  },

  "an overlay that is kept after a failover": (dao) => failOver(dao, "keep"),
  "an overlay that is discarded after a failover": (dao) => failOver(dao, "discard"),

  "a run that was taken over": async (dao) => {
    const first = await begin(dao);
    const busy = await dao.ledger.begin(byCron, 30);
    const second = await begin(dao, 0);
    const third = await dao.ledger.begin(byCron, 30, [second]);
    const beside = await dao.ledger.begin({ ...byCron, trigger: "retry", targets: [A] }, 30);
    const steps = [
      () => dao.ledger.heartbeat(first),
      () => dao.ledger.recordBatch(first, batchOf(1, 3)),
      () => dao.ledger.applyChunk(first, 1, [entryA]),
      () => dao.ledger.recordFailures(first, 1, [{ ...entryA, ...refused }]),
      () => dao.ledger.moveOffset(first, 1, 1),
      () => dao.ledger.reopenBooks(first, "wiped"),
      () => dao.ledger.finish(first, { status: "by-counters" }),
    ];
    for (const step of steps) await expect(step()).rejects.toThrow(SupersededError);
    return [busy.kind, third.kind, beside.kind];
  },

  "PostgreSQL takes each member of a batch once": async (dao) => {
    const run = await begin(dao);
    const { ledger } = dao;
    const entries = [{ ...entryA, ...refused }, { ...entryB, ...refused }, older, malformed];
    const failed = async (batch: number) => {
      const answer = await ledger.recordFailures(run, batch, entries);
      return [...answer].sort();
    };
    const answers: unknown[] = [
      await ledger.recordBatch(run, batchOf(4, 4)),
      await ledger.applyChunk(run, 4, [entryA]),
      await failed(4),
      await failed(4),
      await ledger.applyChunk(run, 4, [entryA, entryB]),
      await sums(dao),
      await read(dao),
    ];
    await ledger.retryTargets(run, [B, "post:1"]);
    answers.push(await ledger.applyChunk(run, 4, [entryB]), await failed(4), await read(dao));
    await ledger.retryTargets(run, ["topic:a"]);
    answers.push(await ledger.applyChunk(run, 5, [entryA, entryB]), await failed(5));
    return [...answers, await failed(6), await sums(dao), await read(dao)];
  },

  "an older name leaves the topic's own views to be taken": async (dao) => {
    const run = await begin(dao);
    await dao.ledger.recordFailures(run, 4, [older]);
    await dao.ledger.retryTargets(run, ["topic:a"]);
    await dao.ledger.applyChunk(run, 4, [entryA]);
    return [await read(dao), await sums(dao)];
  },

  "a kept target hands its batch on to the topic": async (dao) => {
    const run = await begin(dao);
    await dao.ledger.recordFailures(run, 4, [{ ...entryA, ...refused }]);
    await dao.ledger.retryTargets(run, [A]);
    await dao.ledger.applyChunk(run, 5, [entryB]);
    return [await dao.ledger.finish(run, { status: "by-counters" }), await read(dao)];
  },

  "a row that another session holds": async (dao, hold) => {
    for (const topic of ["a", "b", "c"]) await dao.count(topic);
    const answers: unknown[] = [await sync(dao)];
    const release = await hold("a");
    for (let round = 0; round < 3; round += 1) {
      for (const topic of ["a", "b", "c"]) await dao.count(topic);
      answers.push(await sync(dao), await read(dao), await retry(dao, [A, B]));
    }
    await release();
    return [...answers, await retry(dao, [A]), await sync(dao), await read(dao)];
  },

  "failures add up until they are parked": async (dao) => {
    const { ledger } = dao;
    const answers: unknown[] = [];
    for (const batch of [1, 2, 3]) {
      const run = await begin(dao);
      await ledger.recordFailures(run, batch, [{ ...entryA, ...refused }, older, malformed]);
      await ledger.recordRetryFailures(run, [
        { target: A, error: "refused again" },
        { target: "topic:none", error: "not there" },
      ]);
      answers.push(await ledger.failingTargets("", 5, 3), await ledger.failingTargets(A, 5, 3));
      answers.push(await ledger.failingTargets("", 1, 9));
      answers.push(await ledger.finish(run, { status: "by-counters" }));
    }
    return answers;
  },

  "what admins remove": async (dao) => {
    const { repairs, ledger } = dao;
    const run = await begin(dao);
    await ledger.applyChunk(run, 1, [entryA, entryB]);
    await ledger.recordFailures(run, 2, [{ ...entryA, ...refused }, malformed]);
    const answers: unknown[] = [
      await repairs.discard([A, "post:1", B], "a bot", "admin"),
      await repairs.discard([A], "a bot", "admin"),
      await ledger.applyChunk(run, 2, [entryA]),
      await repairs.takeOff("b", 2, "a bot", "admin"),
      await repairs.takeOff("b", 2, "a bot", "admin"),
      await repairs.takeOff("b", 2, "a bot", "admin"),
      await repairs.takeOff("c", 2, "a bot", "admin"),
      await ledger.finish(run, { status: "by-counters" }),
    ];
    const adopting = await begin(dao);
    answers.push(await ledger.applyChunk(adopting, 2, [entryA]));
    answers.push(await ledger.finish(adopting, { status: "by-counters" }));
    // The next batch sweeps what is left of them.
    await dao.count("a", 1);
    return [...answers, await read(dao), await sync(dao), await sums(dao)];
  },
};

describe("the in-memory stores and the real servers agree on", () => {
  it.each(Object.entries(scenes))("%s", async (_name, scene) => {
    const real = syncFixture(use.servers);
    const { pool, daoSlug } = real;
    const answers = await scene(real, (topicId) => holdTopic(pool, { daoSlug, topicId }));

    let clock = 1_000_000;
    const now = () => (clock += 1);
    const postgres = new InMemoryPostgres({ now });
    const redis = new InMemoryRedis({ now }).client() as Redis;
    const inMemory = syncFixture({ redis, pool: postgres.pool() });
    const hold: Hold = (topicId) => {
      const { refused } = postgres.tables;
      refused.set(topicId, "55P03");
      return Promise.resolve(() => Promise.resolve(void refused.delete(topicId)));
    };
    expect(await scene(inMemory, hold)).toEqual(answers);
    expect(await redisState(inMemory)).toEqual(await redisState(real));
    expect(tablesState(postgres)).toEqual(await postgresState(real));
    expect((await inMemory.books.read()).difference).toBe((await real.books.read()).difference);
  });
});
