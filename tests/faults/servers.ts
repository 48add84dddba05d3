import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { Redis } from "ioredis";
import pg from "pg";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { type PostgresServer, ensureDatabase, startPostgres } from "../../scripts/local/postgres";
import { withClient } from "../../scripts/database/with-client";
import { startedAt } from "../../scripts/local/process-identity.mjs";
import { startRedis } from "../../scripts/local/redis";
import { waitUntil } from "../../scripts/local/wait-until";
import { fastSettings, temporaryFolder } from "../helpers/servers";

/** The application's role. No superuser, because connection limits do not apply to superusers. */
export const appRole = "forum";
const database = "forum_views";

/** A server that can be restarted and killed: its data, its port and its URL stay. */
export interface RestartableServer {
  /** Stops it in the regular way. */
  stop(): Promise<void>;
  /** SIGKILL, for PostgreSQL to all of its processes: a crash. */
  kill(): Promise<void>;
  /** Starts it again, which includes its recovery. */
  start(): Promise<void>;
}

export interface RestartableRedis extends RestartableServer {
  readonly port: number;
  readonly url: string;
  /** The suite's own client, of this server alone. */
  readonly client: Redis;
  /** Stops it for good, and removes its data. */
  remove(): Promise<void>;
}

export interface FaultServers {
  postgres: RestartableServer;
  redis: RestartableRedis;
  /** The application's URL. */
  databaseUrl: string;
  /** A superuser's URL. */
  adminUrl: string;
  stop(): Promise<void>;
}

/** A PostgreSQL and a Redis of the suite's own. */
export async function startFaultServers(): Promise<FaultServers> {
  const folder = await temporaryFolder();
  const stops = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops) await each();
  };
  try {
    const postgresOptions = {
      folder,
      password: randomBytes(16).toString("hex"),
      settings: { ...fastSettings, deadlock_timeout: "400ms" },
    };
    const postgres = await restartable(
      (port) => startPostgres({ ...postgresOptions, port }),
      killPostgres,
    );
    stops.unshift(() => postgres.stop());
    const redis = await startRestartableRedis();
    stops.unshift(() => redis.remove());
    await ensureDatabase(postgres.server(), database);
    const adminUrl = postgres.server().url(database);
    await applyMigrations(adminUrl);
    const appPassword = randomBytes(16).toString("hex");
    await createAppRole(adminUrl, appPassword);
    const databaseUrl = new URL(adminUrl);
    databaseUrl.username = appRole;
    databaseUrl.password = appPassword;
    return { postgres, redis, adminUrl, stop, databaseUrl: databaseUrl.href };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * With `appendfsync everysec` Redis answers before it has written while an fsync is slow, for up to two seconds, and
 * a kill then loses what it acknowledged. So `always` is needed if nothing may be lost in a kill. A replica is served
 * at once, and not when others may have asked for the same data, too.
 */
export async function startRestartableRedis(
  settings: Record<string, string> = {},
): Promise<RestartableRedis> {
  const folder = await temporaryFolder();
  const always = { appendfsync: "always", "repl-diskless-sync-delay": "0" };
  const server = await restartable(
    (port) => startRedis({ folder, port, settings: { ...always, ...settings } }),
    ({ pid }) => Promise.resolve(void process.kill(pid, "SIGKILL")),
  );
  const { port, url } = server.server();
  const client = directClient(port);
  return {
    ...server,
    port,
    url,
    client,
    async remove() {
      client.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A client of one Redis, or of one Sentinel, that comes back soon. */
export function directClient(port: number): Redis {
  const client = new Redis(port, "127.0.0.1", { protocol: 2, retryStrategy: () => 50 });
  client.on("error", () => {});
  return client;
}

interface Server {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

async function restartable<Started extends Server>(
  start: (port?: number) => Promise<Started>,
  kill: (server: Started) => Promise<void>,
): Promise<RestartableServer & { server(): Started }> {
  let server = await start();
  const { port } = server;
  return {
    server: () => server,
    stop: () => server.stop(),
    async kill() {
      await kill(server);
      // Returns when the process is gone.
      await server.stop();
    },
    async start() {
      server = await start(port);
      if (server.port !== port) throw new Error(`Port ${port} was taken while its server was away`);
    },
  };
}

/** Kills all processes at once, like a crash of the machine: none of them may finish what it is doing. */
async function killPostgres(server: PostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: server.url("postgres") });
  // This connection is killed, too.
  client.on("error", () => {});
  await client.connect();
  // A stopped postmaster starts no further processes.
  process.kill(server.pid, "SIGSTOP");
  const { rows } = await client.query<{ pid: number }>("SELECT pid FROM pg_stat_activity");
  const pids = rows.map(({ pid }) => pid);
  for (const pid of [...pids, server.pid]) killIfThere(pid);
  await waitUntil(() => !pids.some(startedAt), { what: "PostgreSQL to be gone", seconds: 10 });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process has ended by itself.
  }
}

async function createAppRole(adminUrl: string, password: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`CREATE ROLE ${appRole} LOGIN PASSWORD '${password}'`);
    await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${appRole}`);
    await client.query(`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${appRole}`);
  });
}
