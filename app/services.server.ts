/** The wiring: the one place where the modules get their real dependencies. */
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { connectDatabase } from "./platform/postgres.server";
import type { Environment } from "./platform/environment.server";
import { createCookies } from "./server/cookies.server";
import { createHealthChecks } from "./server/health.server";
import { createAccounts } from "./accounts/accounts.server";
import { AlertStore } from "./monitoring/alerts/alert-store.server";
import { AlertWatcher } from "./monitoring/alerts/alert-watcher.server";
import { readFindings } from "./monitoring/alerts/read-findings.server";
import { createSender } from "./monitoring/alerts/webhook-sender.server";
import { summariseWeek } from "./monitoring/alerts/weekly-summary.server";
import { CountingWatch } from "./monitoring/counting-watch";
import { Metrics } from "./monitoring/metrics.server";
import { Cleanup } from "./retention/cleanup.server";
import { TopicDirectory } from "./stats/directory.server";
import { PeriodViews } from "./stats/period-views.server";
import { TopicViewsReader } from "./counting/topic-views.server";
import { BooksReader } from "./sync/balance/books.server";
import { Repairs } from "./sync/repair/repairs.server";
import { OldDiscards } from "./sync/upgrade/old-discards.server";
import { FailedTargets } from "./operations/failed-targets.server";
import { PendingMembers } from "./operations/pending-members.server";
import { PostgresLedger } from "./sync/postgres/postgres-ledger.server";
import { RedisBatchStore } from "./sync/redis/redis-batch-store.server";
import { RegressionRepair } from "./sync/repair/regression.server";
import { RunHistory } from "./operations/run-history.server";
import { SyncEngine } from "./sync/engine/sync-engine";
import { LegacyCounters } from "./counting/legacy-counters.server";
import { ViewKinds } from "./counting/view-kinds.server";
import { ViewTracker } from "./counting/view-tracker.server";
import { viewKeys } from "./sync/redis/view-keys";
import { SchemaVersion } from "./platform/schema-version.server";
import { connectRedis, connectionAttempt } from "./platform/redis.server";

/** How long a count or a read waits for Redis; the API promises an answer within a second. */
const REQUEST_TIMEOUT_MS = 800;
/** The same for the scripts of a sync, which handle a thousand members a call. */
const SYNC_TIMEOUT_MS = 5_000;
/** Rows that one statement of a cleanup deletes at most. */
const CLEANUP_BATCH = 1_000;

export type Services = ReturnType<typeof createServices>;

/** Connects without waiting: the process starts to serve, and reports it, while a dependency is away. */
export function createServices(env: Environment, logger: Logger) {
  const daoSlug = env.DAO_SLUG;
  const keys = viewKeys(daoSlug);
  const redisConnection = (name: string, commandTimeout: number) =>
    connectRedis({
      url: env.REDIS_URL,
      tls: { ca: env.REDIS_CA_FILE, cert: env.REDIS_CERT_FILE, key: env.REDIS_KEY_FILE },
      sentinelPassword: env.REDIS_SENTINEL_PASSWORD,
      ...{ name, commandTimeout, logger },
    });
  const redis = redisConnection("forum-views", REQUEST_TIMEOUT_MS);
  const syncRedis = redisConnection("forum-views-sync", SYNC_TIMEOUT_MS);
  const database = connectDatabase({
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    connectTimeoutMs: env.DATABASE_CONNECT_SECONDS * 1_000,
    logger,
  });
  const { pool, patientPool, prisma } = database;
  const tracker = new ViewTracker({
    redis,
    keys,
    limits: {
      windowSeconds: env.VIEW_DEDUP_SECONDS,
      perMinute: env.VIEW_RATE_PER_MINUTE,
      perNetwork: env.VIEW_NETWORK_CAP,
    },
  });
  const directory = new TopicDirectory({ pool, prisma, daoSlug, topicUrl: env.TOPIC_URL });
  const failures = new FailedTargets({
    ...{ pool, directory, daoSlug },
    parkAfter: env.SYNC_PARK_AFTER,
  });
  const pendingMembers = new PendingMembers({ redis, keys, pool, directory, daoSlug });
  const clock = {
    now: () => performance.now(),
    sleep: (milliseconds: number) => setTimeout(milliseconds),
  };
  const patientStores = { pool: patientPool, redis: syncRedis, keys, daoSlug };
  const prefix = env.LEGACY_COUNTER_PREFIX;
  const sync = {
    batches: new RedisBatchStore(patientStores),
    ledger: new PostgresLedger(patientStores),
    oldDiscards: new OldDiscards(patientStores),
    legacyCounters:
      prefix === undefined ? undefined : new LegacyCounters({ ...patientStores, prefix }),
    clock,
    logger,
    options: {
      chunkSize: env.SYNC_CHUNK_SIZE,
      leaseSeconds: env.SYNC_LEASE_SECONDS,
      parkAfter: env.SYNC_PARK_AFTER,
      maxSeconds: env.SYNC_MAX_SECONDS,
      lockSeconds: env.SYNC_LOCK_SECONDS,
    },
  };
  const viewKinds = new ViewKinds({ pool, daoSlug, clock: () => new Date(), logger });
  const books = new BooksReader({ pool, redis, keys, daoSlug });
  const accounts = createAccounts({ env, prisma, pool, redis, loginKeyPrefix: keys.loginPrefix });
  const schema = new SchemaVersion(patientPool);
  const countingWatch = new CountingWatch({
    namesProxies: env.TRUST_PROXY.length > 0,
    logger,
    now: () => Date.now(),
  });
  const health = createHealthChecks({
    ...{ pool, redis, keys, logger, watch: countingWatch },
    schema: new SchemaVersion(pool),
  });
  const metrics = new Metrics({ pool, daoSlug, books, pendingMembers, failures, health, logger });
  const runs = new RunHistory({ pool, daoSlug, leaseSeconds: env.SYNC_LEASE_SECONDS });
  const sender = createSender(env);
  const intervalMinutes = env.SYNC_INTERVAL_MINUTES;
  const alerts =
    sender &&
    new AlertWatcher({
      ...{ sender, logger },
      store: new AlertStore({ pool, daoSlug }),
      readFindings: () => readFindings({ books, failures, runs, intervalMinutes }),
      summarise:
        env.SUMMARY_WEBHOOK === "weekly"
          ? () => summariseWeek({ pool, daoSlug, directory, clock: () => new Date() })
          : undefined,
      interval: env.ALERT_CHECK_SECONDS,
    });
  const engine = new SyncEngine({
    ...sync,
    runEnded(run) {
      metrics.runEnded(run);
      alerts?.checkSoon();
    },
  });
  const cleanup = new Cleanup({
    pool: patientPool,
    daoSlug,
    tracker,
    clock,
    options: {
      retention: {
        runErrors: env.RETENTION_RUN_ERROR_DAYS,
        runs: env.RETENTION_RUN_DAYS,
        auditEntries: env.RETENTION_AUDIT_DAYS,
        dailyRows: env.RETENTION_DAILY_DAYS,
        topics: env.RETENTION_TOPIC_DAYS,
      },
      maxSeconds: env.CLEANUP_MAX_SECONDS,
      batchSize: CLEANUP_BATCH,
    },
  });
  const periodViews = new PeriodViews({ pool, daoSlug, clock: () => new Date(), logger });
  /** Begins nothing new, and resolves when the current chunk is finished. */
  async function stop(): Promise<void> {
    void alerts?.stop();
    periodViews.stop();
    cleanup.stop();
    await engine.stop();
  }
  // The check logs its warnings.
  redis.once("ready", () => void health.check());

  return {
    env,
    logger,
    prisma,
    tracker,
    engine,
    viewKinds,
    schema,
    cleanup,
    topicViews: new TopicViewsReader({ tracker, pool, daoSlug }),
    directory,
    periodViews,
    ...accounts,
    repairs: new Repairs({ pool, daoSlug }),
    cookies: createCookies(env),
    books,
    failures,
    runs,
    pendingMembers,
    regression: new RegressionRepair({ ...sync, books, audit: accounts.audit }),
    health,
    metrics,
    countingWatch,
    /** Undefined where no receiver is configured. */
    alerts,

    /** For commands: waits until the first attempt to reach Redis is over. */
    async settled(): Promise<void> {
      await Promise.all([redis, syncRedis].map(connectionAttempt));
    },

    stop,

    /** Lets the chunk in flight finish, then closes every connection. */
    async close(): Promise<void> {
      await stop();
      await alerts?.stop();
      await viewKinds.flush();
      redis.disconnect();
      syncRedis.disconnect();
      await database.close();
    },
  };
}
