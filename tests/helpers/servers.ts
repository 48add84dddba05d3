import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { type PostgresServer, ensureDatabase, startPostgres } from "../../scripts/local/postgres";
import { startRedis } from "../../scripts/local/redis";

/**
 * Survives a killed server, though not a power cut: `synchronous_commit` stays on, for the tests that
 * kill PostgreSQL.
 */
export const fastSettings = { fsync: "off", full_page_writes: "off", max_connections: "200" };

export interface TestServers {
  postgres: PostgresServer;
  redisUrl: string;
  stop: () => Promise<void>;
}

/** One PostgreSQL with a migrated database of the given name and one empty Redis, on free ports. */
export async function startTestServers(migratedDatabase: string): Promise<TestServers> {
  const running: Array<{ stop(): Promise<void> }> = [];
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()));
  };
  try {
    const postgres = await startPostgres({
      folder: await temporaryFolder(),
      password: randomBytes(16).toString("hex"),
      settings: fastSettings,
      temporary: true,
    });
    running.push(postgres);
    const redisUrl = process.env.REDIS_URL ?? (await startOwnRedis(running));
    await ensureDatabase(postgres, migratedDatabase);
    await applyMigrations(postgres.url(migratedDatabase));
    return { postgres, redisUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOwnRedis(running: Array<{ stop(): Promise<void> }>): Promise<string> {
  const redis = await startRedis({ folder: await temporaryFolder(), temporary: true });
  running.push(redis);
  return redis.url;
}

/** The guardian of a temporary server removes it, even after a kill. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "forum-views-test-"));
}
