import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { applyMigrations } from "../database/schema-engine";
import { ensureDatabase, startPostgres } from "../local/postgres";
import { explain, showLine, step } from "../local/progress";
import { startRedis } from "../local/redis";

/** Development data are worth nothing, and only this machine reaches them. */
const password = "development";
const database = "forum_views";
const dataFolder = path.resolve(".data/dev");
const port = process.env.PORT ?? "3000";

async function startServers() {
  const postgres = await step(
    "PostgreSQL",
    () => startPostgres({ folder: path.join(dataFolder, "postgres"), password, port: 54330 }),
    (server) => `PostgreSQL ${server.version}: ${server.url(database)}`,
  );
  await ensureDatabase(postgres, database);
  const redis = await step(
    "Redis",
    () => startRedis({ folder: path.join(dataFolder, "redis"), port: 63791 }),
    (server) => `Redis ${server.version}: ${server.url}`,
  );
  await step("Migrations", () => applyMigrations(postgres.url(database)));
  return { postgres, redis };
}

/** Runs until it is told to stop. Returns the exit code. */
async function runRemix(env: NodeJS.ProcessEnv): Promise<number> {
  const args = ["dev", "-c", "node scripts/dev/serve.mjs"];
  const child = spawn(path.resolve("node_modules/.bin/remix"), args, { env, stdio: "inherit" });
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isStopping = true;
      child.kill(signal);
    });
  }
  const [code] = (await once(child, "exit")) as [number | null];
  return isStopping ? 0 : (code ?? 1);
}

let exitCode = 1;
try {
  const { postgres, redis } = await startServers();
  exitCode = await runRemix({
    LOG_LEVEL: "info",
    DAO_SLUG: "ens",
    APP_ORIGIN: `http://localhost:${port}`,
    HOST: "127.0.0.1",
    PORT: port,
    CRON_SECRET: randomBytes(16).toString("hex"),
    SESSION_SECRET: randomBytes(16).toString("hex"),
    ...process.env,
    NODE_ENV: "development",
    DATABASE_URL: postgres.url(database),
    REDIS_URL: redis.url,
  });
  await redis.stop();
  await postgres.stop();
} catch (error) {
  showLine(`✗ ${explain(error)}`);
}
process.exit(exitCode);
