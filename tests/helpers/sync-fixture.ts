import { Redis } from "ioredis";
import pg from "pg";
import { pino } from "pino";
import { parsePostgresUrl } from "~/platform/postgres-url";
import { viewKeys } from "~/sync/redis/view-keys";
import { ViewTracker } from "~/counting/view-tracker.server";
import { BooksReader } from "~/sync/balance/books.server";
import { Repairs } from "~/sync/repair/repairs.server";
import { PostgresLedger, type SyncRequest } from "~/sync/postgres/postgres-ledger.server";
import { RedisBatchStore } from "~/sync/redis/redis-batch-store.server";
import { SyncEngine, type RunOutcome } from "~/sync/engine/sync-engine";
import type { RunDependencies, SyncOptions } from "~/sync/engine/run-dependencies";
import { OldDiscards } from "~/sync/upgrade/old-discards.server";
import { trackView } from "./track-view";
import { testDaoSlug } from "./dao-slug";

export type SyncFixture = ReturnType<typeof syncFixture>;

const options: SyncOptions = {
  chunkSize: 5_000,
  leaseSeconds: 30,
  parkAfter: 5,
  maxSeconds: undefined,
  lockSeconds: 2,
};

/** Servers shared by the DAOs of a test file. */
export function connectServers(databaseUrl: string, redisUrl: string) {
  const redis = new Redis(redisUrl, { protocol: 2 });
  const pool = new pg.Pool({ ...parsePostgresUrl(databaseUrl).config, max: 8 });
  pool.on("error", () => {});
  return {
    redis,
    pool,
    async close() {
      redis.disconnect();
      await pool.end();
    },
  };
}

/** Runs statements whose $1 is the DAO, and returns their rows. */
export function queryOf({ pool, daoSlug }: { pool: pg.Pool; daoSlug: string }) {
  return async <Row extends object = Record<string, unknown>>(
    statement: string,
    ...values: unknown[]
  ): Promise<Row[]> => (await pool.query<Row>(statement, [daoSlug, ...values])).rows;
}

/** The real modules of one DAO, on real servers. */
export function syncFixture({ redis, pool }: { redis: Redis; pool: pg.Pool }) {
  const daoSlug = testDaoSlug();
  const keys = viewKeys(daoSlug);
  const batches = new RedisBatchStore({ redis, keys });
  const ledger = new PostgresLedger({ pool, daoSlug });
  const tracker = new ViewTracker({
    redis,
    keys,
    limits: { windowSeconds: 3_600, perMinute: 0, perNetwork: 0 },
  });
  const query = queryOf({ pool, daoSlug });
  /** An engine like that of another process, with its stores or with replacements for them. */
  const engine = (
    overrides: Partial<SyncOptions> &
      Partial<Pick<RunDependencies, "batches" | "ledger" | "legacyCounters" | "clock">> = {},
  ) =>
    new SyncEngine({
      batches: overrides.batches ?? batches,
      ledger: overrides.ledger ?? ledger,
      oldDiscards: new OldDiscards({ pool, redis, keys, daoSlug }),
      legacyCounters: overrides.legacyCounters,
      clock: overrides.clock ?? { now: () => performance.now(), sleep: () => Promise.resolve() },
      logger: pino({ level: "silent" }),
      options: { ...options, ...overrides },
    });
  let viewers = 0;
  return {
    daoSlug,
    query,
    keys,
    redis,
    pool,
    batches,
    ledger,
    tracker,
    engine,
    repairs: new Repairs({ pool, daoSlug }),
    books: new BooksReader({ pool, redis, keys, daoSlug }),
    /** Runs a sync to its end; fails the test when another one is active. */
    sync: (by = engine(), request: Partial<SyncRequest> = {}) => runToEnd(by, request),
    /** Counts views of different viewers through the real script. */
    count: async (topicId: string, views = 1) => {
      for (let view = 0; view < views; view += 1) {
        viewers += 1;
        await trackView(tracker, topicId, `viewer-${viewers}`);
      }
    },
    persisted: async (topicId: string) => {
      const [topic] = await query<{ views: number }>(
        `SELECT views FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = $2`,
        topicId,
      );
      return topic?.views ?? 0;
    },
    /** The views of every topic that PostgreSQL has. */
    persistedByTopic: async () => {
      const rows = await query<{ topicId: string; views: number }>(
        `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
      );
      return Object.fromEntries(rows.map(({ topicId, views }) => [topicId, views]));
    },
    /** The kept views of failing targets, and how often PostgreSQL has refused them. */
    kept: async () => {
      const rows = await query<{ target: string; views: string; attempts: number }>(
        `SELECT target, views, attempts FROM failed_targets WHERE dao_slug = $1 AND views > 0`,
      );
      return Object.fromEntries(
        rows.map(({ target, views, attempts }) => [target, { views: Number(views), attempts }]),
      );
    },
  };
}

export async function runToEnd(
  engine: SyncEngine,
  request: Partial<SyncRequest>,
): Promise<RunOutcome> {
  const started = await engine.start({ trigger: "cron", actor: "cron", ...request });
  if (started.kind === "busy") throw new Error(`Run ${started.run} is active`);
  return started.finished;
}

/**
 * Puts many targets into the overlay at once, as the count script would have left them, for tests of
 * what happens to them afterwards.
 */
export async function fillOverlay(
  fixture: Pick<SyncFixture, "redis" | "keys">,
  views: Map<string, number>,
): Promise<void> {
  const { redis, keys } = fixture;
  const entries = [...views].flatMap(([topicId, count]) => [count, `forum_topic:${topicId}`]);
  for (let start = 0; start < entries.length; start += 2_000) {
    await redis.zadd(keys.overlay, ...entries.slice(start, start + 2_000).map(String));
  }
  const sum = [...views.values()].reduce((total, count) => total + count, 0);
  await redis.hincrby(keys.totals, "overlay", sum);
  await redis.incrby(keys.accepted, sum);
}
