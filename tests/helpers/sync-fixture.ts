import { Redis } from "ioredis";
import pg from "pg";
import { pino } from "pino";
import { parsePostgresUrl } from "~/platform/postgres-url";
import { viewKeys, type ViewKeys } from "~/sync/redis/view-keys";
import { ViewTracker } from "~/counting/view-tracker.server";
import { BooksReader } from "~/sync/balance/books.server";
import { Repairs } from "~/sync/repair/repairs.server";
import { PostgresLedger } from "~/sync/postgres/postgres-ledger.server";
import { RedisBatchStore } from "~/sync/redis/redis-batch-store.server";
import { SyncEngine, type RunOutcome, type SyncRequest } from "~/sync/engine/sync-engine";
import type { RunDependencies, SyncOptions } from "~/sync/engine/run-dependencies";
import { OldDiscards } from "~/sync/upgrade/old-discards.server";
import { testDaoSlug } from "./dao-slug";

/** The real modules of one DAO, on real servers. */
export interface SyncFixture {
  daoSlug: string;
  keys: ViewKeys;
  redis: Redis;
  pool: pg.Pool;
  batches: RedisBatchStore;
  ledger: PostgresLedger;
  tracker: ViewTracker;
  repairs: Repairs;
  books: BooksReader;
  /** An engine like that of another process, with its stores or with replacements for them. */
  engine(
    overrides?: Partial<SyncOptions> &
      Partial<Pick<RunDependencies, "batches" | "ledger" | "legacyCounters" | "clock">>,
  ): SyncEngine;
  /** Runs a sync to its end; fails the test when another one is active. */
  sync(engine?: SyncEngine, request?: Partial<SyncRequest>): Promise<RunOutcome>;
  /** Counts views of different viewers through the real script. */
  count(topicId: string, views?: number): Promise<void>;
  persisted(topicId: string): Promise<number>;
  /** The kept views of failing targets, and how often PostgreSQL has refused them. */
  kept(): Promise<Record<string, { views: number; attempts: number }>>;
}

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

export function syncFixture({ redis, pool }: { redis: Redis; pool: pg.Pool }): SyncFixture {
  const daoSlug = testDaoSlug();
  const keys = viewKeys(daoSlug);
  const batches = new RedisBatchStore({ redis, keys });
  const ledger = new PostgresLedger({ pool, daoSlug });
  const tracker = new ViewTracker({
    redis,
    keys,
    limits: { windowSeconds: 3_600, perMinute: 0, perNetwork: 0 },
  });
  let viewers = 0;
  const fixture: SyncFixture = {
    daoSlug,
    keys,
    redis,
    pool,
    batches,
    ledger,
    tracker,
    repairs: new Repairs({ pool, daoSlug }),
    books: new BooksReader({ pool, redis, keys, daoSlug }),
    engine: (overrides = {}) =>
      new SyncEngine({
        batches: overrides.batches ?? batches,
        ledger: overrides.ledger ?? ledger,
        oldDiscards: new OldDiscards({ pool, redis, keys, daoSlug }),
        legacyCounters: overrides.legacyCounters,
        clock: overrides.clock ?? { now: () => performance.now(), sleep: () => Promise.resolve() },
        logger: pino({ level: "silent" }),
        options: { ...options, ...overrides },
      }),
    async sync(engine = fixture.engine(), request = {}) {
      const started = await engine.start({ trigger: "cron", actor: "cron", ...request });
      if (started.kind === "busy") throw new Error(`Run ${started.run} is active`);
      return started.finished;
    },
    async count(topicId, views = 1) {
      for (let view = 0; view < views; view += 1) {
        viewers += 1;
        await tracker.trackView("forum_topic", topicId, `viewer-${viewers}`);
      }
    },
    async persisted(topicId) {
      const { rows } = await pool.query<{ views: number }>(
        `SELECT views FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = $2`,
        [daoSlug, topicId],
      );
      return rows[0]?.views ?? 0;
    },
    async kept() {
      const { rows } = await pool.query<{ target: string; views: string; attempts: number }>(
        `SELECT target, views, attempts FROM failed_targets WHERE dao_slug = $1 AND views > 0`,
        [daoSlug],
      );
      return Object.fromEntries(
        rows.map(({ target, views, attempts }) => [target, { views: Number(views), attempts }]),
      );
    },
  };
  return fixture;
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
