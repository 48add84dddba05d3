import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { viewKeys, type ViewKeys } from "../../app/sync/redis/view-keys";
import { startAppServer, type AppServer } from "../../tests/helpers/app-server";
import { applyMigrations } from "../database/schema-engine";
import { buildIfChanged } from "../demo/build-if-changed";
import { root } from "../demo/demo-settings";
import type { Running } from "../demo/running";
import { ensureDatabase, startPostgres } from "../local/postgres";
import { step } from "../local/progress";
import { startRedis } from "../local/redis";

const database = "forum_views_bench";
export const daoSlug = "bench";
export const benchFolder = path.join(root, ".data/bench");

/**
 * Settings of a small production server, durable: every commit reaches the disk. Autovacuum is off because it
 * could slow down one contender and not the next; the bench vacuums between the rounds.
 */
export const postgresSettings = {
  shared_buffers: "2GB",
  effective_cache_size: "8GB",
  work_mem: "16MB",
  maintenance_work_mem: "512MB",
  max_wal_size: "8GB",
  checkpoint_timeout: "30min",
  wal_buffers: "64MB",
  random_page_cost: "1.1",
  effective_io_concurrency: "64",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  autovacuum: "off",
};

/** The servers of all measurements, and the bench's own connections to them. */
export interface BenchServers {
  daoSlug: string;
  keys: ViewKeys;
  databaseUrl: string;
  redisUrl: string;
  pool: pg.Pool;
  redis: Redis;
  versions: { postgres: string; redis: string };
  /** Leaves nothing in either store. */
  empty(): Promise<void>;
  /** Starts the production build for the bench's DAO, with nothing in its stores. */
  startApp(env?: Record<string, string>): Promise<AppServer>;
  /** Starts another process, on the stores as they are. */
  startAnotherApp(env?: Record<string, string>): Promise<AppServer>;
}

/** Builds if need be, and starts a PostgreSQL and a Redis that `running` stops. */
export async function startBenchServers(running: Running): Promise<BenchServers> {
  await buildIfChanged(root);
  const postgres = await step("PostgreSQL", async () =>
    running.add(
      "PostgreSQL",
      await startPostgres({
        folder: await serverFolder(),
        password: randomBytes(16).toString("hex"),
        settings: postgresSettings,
        temporary: true,
      }),
    ),
  );
  const redisServer = await step("Redis", async () =>
    running.add("Redis", await startRedis({ folder: await serverFolder(), temporary: true })),
  );
  await ensureDatabase(postgres, database);
  const databaseUrl = postgres.url(database);
  await applyMigrations(databaseUrl);
  const redis = new Redis(redisServer.url, { protocol: 2 });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  running.add("the bench's connections", {
    stop: async () => {
      redis.disconnect();
      await pool.end();
    },
  });
  const startAnotherApp = async (env?: Record<string, string>) => {
    const options = { databaseUrl, redisUrl: redisServer.url, daoSlug, env };
    return running.add("the application", await startAppServer(options));
  };
  const empty = async () => {
    await redis.flushall("SYNC");
    const { rows } = await pool.query<{ tables: string }>(
      `SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables
       WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
    );
    await pool.query(`TRUNCATE ${rows[0]!.tables}`);
  };
  return {
    daoSlug,
    keys: viewKeys(daoSlug),
    databaseUrl,
    redisUrl: redisServer.url,
    pool,
    redis,
    versions: { postgres: postgres.version, redis: redisServer.version },
    empty,
    async startApp(env) {
      await empty();
      return startAnotherApp(env);
    },
    startAnotherApp,
  };
}

async function serverFolder(): Promise<string> {
  await mkdir(benchFolder, { recursive: true });
  return mkdtemp(path.join(benchFolder, "server-"));
}
