import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { viewKeys } from "../../app/sync/redis/view-keys";
import { startAppServer } from "../../tests/helpers/app-server";
import { connectServers } from "../../tests/helpers/sync-fixture";
import { applyMigrations } from "../database/schema-engine";
import { buildIfChanged } from "../demo/build-if-changed";
import { root } from "../demo/demo-settings";
import type { Running } from "../demo/running";
import { ensureDatabase, startPostgres } from "../local/postgres";
import { step } from "../local/progress";
import { startRedis } from "../local/redis";

const database = "forum_views_bench";
const daoSlug = "bench";
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
export type BenchServers = Awaited<ReturnType<typeof startBenchServers>>;

/** Builds if need be, and starts a PostgreSQL and a Redis that `running` stops. */
export async function startBenchServers(running: Running) {
  await buildIfChanged(root);
  const postgres = await step("PostgreSQL", async () => {
    const password = randomBytes(16).toString("hex");
    const options = { password, settings: postgresSettings, temporary: true };
    return running.add(
      "PostgreSQL",
      await startPostgres({ folder: await serverFolder(), ...options }),
    );
  });
  const redisServer = await step("Redis", async () =>
    running.add("Redis", await startRedis({ folder: await serverFolder(), temporary: true })),
  );
  await ensureDatabase(postgres, database);
  const [databaseUrl, redisUrl] = [postgres.url(database), redisServer.url];
  await applyMigrations(databaseUrl);
  const connections = connectServers(databaseUrl, redisUrl);
  const { redis, pool } = connections;
  running.add("the bench's connections", { stop: () => connections.close() });
  return {
    daoSlug,
    keys: viewKeys(daoSlug),
    databaseUrl,
    redisUrl,
    pool,
    redis,
    versions: { postgres: postgres.version, redis: redisServer.version },
    /** Leaves nothing in either store. */
    async empty() {
      await redis.flushall("SYNC");
      const { rows } = await pool.query<{ tables: string }>(
        `SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables
         WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
      );
      await pool.query(`TRUNCATE ${rows[0]!.tables}`);
    },
    /** Starts the production build for the bench's DAO, on the stores as they are. */
    async startApp(env?: Record<string, string>) {
      const options = { databaseUrl, redisUrl, daoSlug, env };
      return running.add("the application", await startAppServer(options));
    },
  };
}

async function serverFolder(): Promise<string> {
  await mkdir(benchFolder, { recursive: true });
  return mkdtemp(path.join(benchFolder, "server-"));
}
