import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { applyMigrations } from "../database/schema-engine";
import { freePort } from "../local/ports";
import { ensureDatabase, postgresUrl, startPostgres } from "../local/postgres";
import { explain, showLine, step } from "../local/progress";
import { startRedis } from "../local/redis";
import { SetupError } from "../local/setup-error";
import { ensureSystemProgram } from "../local/system-packages";

/** Development data are not valuable, and only this machine can reach them. */
const password = "development";
const database = "forum_views";
const port = process.env.PORT ?? "3000";

interface Ports {
  postgres: number;
  redis: number;
}

async function startServers(ports: Ports) {
  const folder = (name: string) => path.resolve(".data/dev", name);
  const [postgres, redis] = await Promise.all([
    step(
      "PostgreSQL",
      () => startPostgres({ folder: folder("postgres"), password, port: ports.postgres }),
      (server) => `PostgreSQL ${server.version}: ${server.url(database)}`,
    ),
    step(
      "Redis",
      () => startRedis({ folder: folder("redis"), port: ports.redis }),
      (server) => `Redis ${server.version}: ${server.url}`,
    ),
  ]);
  // The compiler was started with the preferred ports.
  if (postgres.port !== ports.postgres || redis.port !== ports.redis) {
    throw new SetupError("Another program took a port just now: start again");
  }
  await ensureDatabase(postgres, database);
  await step("Migrations", () => applyMigrations(postgres.url(database)));
  return { postgres, redis };
}

/** The compiler, which starts the application after every build. */
function startRemix(ports: Ports) {
  const args = ["dev", "-c", "node scripts/dev/serve.mjs"];
  const env: NodeJS.ProcessEnv = {
    LOG_LEVEL: "info",
    DAO_SLUG: "ens",
    APP_ORIGIN: `http://localhost:${port}`,
    HOST: "127.0.0.1",
    PORT: port,
    CRON_SECRET: randomBytes(16).toString("hex"),
    SESSION_SECRET: randomBytes(16).toString("hex"),
    ...process.env,
    NODE_ENV: "development",
    DATABASE_URL: postgresUrl(ports.postgres, password, database),
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
  };
  return spawn("node_modules/.bin/remix", args, { env, stdio: "inherit" });
}

/** Runs until it has to stop. The servers start while the compiler is at work. Returns the exit code. */
async function serve(): Promise<number> {
  const ports = { postgres: await freePort(54330), redis: await freePort(63791) };
  await ensureSystemProgram("redis");
  const remix = startRemix(ports);
  const stopped = once(remix, "exit");
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isStopping = true;
      remix.kill(signal);
    });
  }
  try {
    const { postgres, redis } = await startServers(ports);
    const [code] = (await stopped) as [number | null];
    await Promise.all([redis.stop(), postgres.stop()]);
    return isStopping ? 0 : (code ?? 1);
  } finally {
    remix.kill("SIGTERM");
  }
}

let exitCode = 1;
try {
  exitCode = await serve();
} catch (error) {
  showLine(`✗ ${explain(error)}`);
}
process.exit(exitCode);
