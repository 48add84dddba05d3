import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../../scripts/local/ports";
import { waitUntil } from "../../scripts/local/wait-until";
import { leaksIn, secretsOf } from "./log-scan";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

interface AppServerOptions {
  databaseUrl: string;
  redisUrl: string;
  daoSlug: string;
  /** The folder of another version's build. */
  folder?: string | undefined;
  /** Further environment variables, and values to replace the defaults below. */
  env?: Record<string, string>;
}

/** One line of the server's log. */
interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

export type AppServer = Awaited<ReturnType<typeof startAppServer>>;

/**
 * Runs the production build on a free loopback port, and returns when it is ready. Without PostgreSQL or
 * Redis, as in some tests, it returns three seconds after the server listens.
 */
export async function startAppServer(options: AppServerOptions) {
  const { folder = root } = options;
  const serverFile = path.join(folder, "build/server.mjs");
  if (!existsSync(serverFile)) throw new Error("There is no build: run `npm run build` first");
  const env = await environment(options);
  const spawnOptions: SpawnOptions = { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(process.execPath, [serverFile], spawnOptions);
  const killWithTests = () => child.kill("SIGKILL");
  process.once("exit", killWithTests);
  const output = collectOutput(child);
  // Not "exit": the last output may still be on its way then.
  const closed = once(child, "close").then(([code]: unknown[]) => {
    process.removeListener("exit", killWithTests);
    return code as number | null;
  });
  const ended = async () => {
    const code = await closed;
    const leaks = leaksIn(output.lines, secretsOf(env));
    if (leaks.length > 0) throw new Error(`The log gives away:\n${leaks.join("\n")}`);
    return code;
  };
  await waitUntil(() => output.listeningPort() !== undefined || hasExited(child), {
    what: "the application to listen",
    seconds: 30,
  }).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  const port = output.listeningPort();
  if (port === undefined || !child.pid) {
    throw new Error(`The application did not start:\n${output.text()}`);
  }
  const origin = `http://127.0.0.1:${port}`;
  await waitUntil(() => isReady(origin), { what: "readiness", seconds: 3 }).catch(() => {});
  return {
    origin,
    port,
    pid: child.pid,
    cronSecret: env.CRON_SECRET ?? "",
    /** Everything logged so far; it keeps growing. */
    logs: output.logs,
    /**
     * SIGTERM. Returns the exit code once the process has ended; null when a signal ended it.
     * @throws when the log contains a secret, like `kill`
     */
    stop: () => {
      child.kill("SIGTERM");
      return ended();
    },
    /** SIGKILL: a crash. */
    kill: async () => {
      child.kill("SIGKILL");
      await ended();
    },
  };
}

/** Only what the application needs, so that settings of the developer's shell do not affect the tests. */
async function environment(options: AppServerOptions): Promise<NodeJS.ProcessEnv> {
  const port = options.env?.PORT ?? String(await freePort());
  return {
    PATH: process.env.PATH ?? "",
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: port,
    APP_ORIGIN: `http://127.0.0.1:${port}`,
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    DAO_SLUG: options.daoSlug,
    CRON_SECRET: randomBytes(32).toString("hex"),
    SESSION_SECRET: randomBytes(32).toString("hex"),
    ...options.env,
  };
}

function collectOutput(child: ChildProcess) {
  const logs: LogLine[] = [];
  const lines: string[] = [];
  const read = (line: string) => {
    lines.push(line);
    try {
      logs.push(JSON.parse(line) as LogLine);
    } catch {
      // No log line, but output of Node or a library.
    }
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", read);
  }
  return {
    logs,
    lines,
    listeningPort: () => {
      const line = logs.find(({ msg }) => msg === "Listening");
      return line && Number(line.port);
    },
    text: () => lines.join("\n"),
  };
}

/** Whether an application has both of its servers. */
export async function isReady(origin: string): Promise<boolean> {
  const answer = await fetch(`${origin}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
