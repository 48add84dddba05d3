import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { type GuardedProcess, startGuarded, stopLeftover } from "./guarded-process";
import { freePort } from "./ports";
import { SetupError } from "./setup-error";
import { ensureSystemProgram } from "./system-packages";
import { waitUntil } from "./wait-until";

const stopSignal = "SIGTERM";

export interface RedisOptions {
  /** Holds the data, the log and the process record. Existing data are used. */
  folder: string;
  /** The preferred port; another one is used when it is taken. */
  port?: number;
  /** Further settings, and values to replace the defaults. */
  settings?: Record<string, string>;
  /** Deletes the folder when the server has stopped. */
  temporary?: boolean;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly version: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a Redis that keeps every write, on the loopback interface; installs it if need be. A server that a
 * killed run left behind is stopped first. It stops when this process ends, however it ends.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const command = await ensureSystemProgram("redis");
  await mkdir(options.folder, { recursive: true });
  const logFile = path.join(options.folder, "redis.log");
  const record = path.join(options.folder, "redis.process.json");
  await stopLeftover(record, stopSignal);
  const port = await freePort(options.port);
  const settings = {
    appendonly: "yes",
    save: "",
    "maxmemory-policy": "noeviction",
    ...options.settings,
  };
  const server = await startGuarded({
    command,
    args: [
      ...["--bind", "127.0.0.1", "--port", String(port), "--dir", options.folder],
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    cwd: options.folder,
    stopSignal,
    record,
    removeAfterwards: options.temporary ? [options.folder] : [],
    logFile,
  });
  const url = `redis://127.0.0.1:${port}`;
  const version = await waitUntilReady(server, url, logFile);
  return { url, port, version, pid: server.pid, stop: async () => void (await server.stop()) };
}

async function waitUntilReady(
  server: GuardedProcess,
  url: string,
  logFile: string,
): Promise<string> {
  // Without ioredis's own check for readiness, which waits a second while data are loaded.
  const client = new Redis(url, { retryStrategy: () => 10, enableReadyCheck: false });
  client.on("error", () => {});
  try {
    await waitUntil(
      async () => {
        if (server.hasExited()) {
          const log = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-8).join("\n");
          throw new SetupError(`Redis did not start. The end of ${logFile}:\n${log}`);
        }
        return client.status === "ready" && (await hasLoaded(client));
      },
      { what: "Redis to accept connections", seconds: 60, every: 10 },
    );
    const info = await client.info("server");
    return /(?:redis|valkey)_version:(\S+)/.exec(info)?.[1] ?? "";
  } finally {
    client.disconnect();
  }
}

async function hasLoaded(client: Redis): Promise<boolean> {
  try {
    return (await client.ping()) === "PONG";
  } catch {
    return false;
  }
}
