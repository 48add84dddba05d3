import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { startGuarded, stopLeftover } from "./guarded-process";
import { freePort } from "./ports";
import { ensureSystemProgram } from "./system-packages";

const stopSignal = "SIGTERM";

export interface ServerOptions {
  /** Holds the data, the log and the process record. Existing data are used. */
  folder: string;
  /** The preferred port; another one is used when it is taken. */
  port?: number;
  /** Further settings, and values to replace the defaults. */
  settings?: Record<string, string>;
  /** Deletes the folder when the server has stopped. */
  temporary?: boolean;
}

export type RedisServer = Awaited<ReturnType<typeof startRedis>>;

/**
 * Starts a Redis that keeps every write, on the loopback interface; installs it if need be. A server that a
 * killed run left behind is stopped first. It stops when this process ends, however it ends.
 */
export async function startRedis({ folder, port: wished, settings, temporary }: ServerOptions) {
  const command = await ensureSystemProgram("redis");
  await mkdir(folder, { recursive: true });
  const record = path.join(folder, "redis.process.json");
  await stopLeftover(record, stopSignal);
  const port = await freePort(wished);
  const allSettings = {
    ...{ bind: "127.0.0.1", port: String(port), dir: folder },
    ...{ appendonly: "yes", save: "", "maxmemory-policy": "noeviction" },
    ...settings,
  };
  const server = await startGuarded({
    command,
    args: Object.entries(allSettings).flatMap(([name, value]) => [`--${name}`, value]),
    cwd: folder,
    stopSignal,
    record,
    removeAfterwards: temporary ? [folder] : [],
    logFile: path.join(folder, "redis.log"),
  });
  const url = `redis://127.0.0.1:${port}`;
  // Without ioredis's own check for readiness, which waits a second while data are loaded.
  const client = new Redis(url, { retryStrategy: () => 10, enableReadyCheck: false });
  client.on("error", () => {});
  try {
    await server.waitUntilReady("Redis", async () => {
      const answer = client.status === "ready" ? await client.ping().catch(() => "") : "";
      return answer === "PONG";
    });
    const info = await client.info("server");
    const version = /(?:redis|valkey)_version:(\S+)/.exec(info)?.[1] ?? "";
    return { url, port, version, pid: server.pid, stop: async () => void (await server.stop()) };
  } finally {
    client.disconnect();
  }
}
