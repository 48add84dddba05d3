import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { applyMigrations } from "../database/schema-engine";
import { stopLeftover } from "../local/guarded-process";
import { startedAt } from "../local/process-identity.mjs";
import { plural, showLine, step } from "../local/progress";
import { ensureDatabase, startPostgres } from "../local/postgres";
import { startRedis } from "../local/redis";
import { ensureSystemProgram } from "../local/system-packages";
import { ApiClient } from "./api-client";
import { choosePort, host, startApplication } from "./application";
import { buildIfChanged } from "./build-if-changed";
import { adminEmail, createAdmin } from "./create-admin";
import { type DemoSettings, dataFolder, loadSettings, root } from "./demo-settings";
import type { Running } from "./running";
import { seedHistory } from "./seed-history";

const database = "forum_views";
const preferredPorts = { postgres: 54329, redis: 63790 };

export type Demo = Awaited<ReturnType<typeof startDemo>>;

/** Starts everything, and returns when the application answers. */
export async function startDemo(running: Running, { once }: { once: boolean }) {
  const previous = await becomeTheOnlyDemo();
  if (previous) showLine(`✓ Stopped the demo that was still running (process ${previous})`);
  const port = await choosePort({ once });
  if (!process.env.REDIS_URL) await ensureSystemProgram("redis");
  const settings = loadSettings();
  const databaseUrl = await providePostgres(running, settings);
  const redis = await provideRedis(running, settings);
  await step(
    "Migrations",
    () => applyMigrations(databaseUrl),
    ({ length }) =>
      length > 0 ? `${plural(length, "migration")} applied` : "The database is up to date",
  );
  // Before anything is counted. Not with `--once`, which shows only what is counted.
  if (!once) {
    await step(
      "A history of 90 days",
      () => seedHistory(databaseUrl, redis.daoSlug),
      (views) =>
        views === undefined
          ? "The made-up history is there already"
          : `A made-up history of 90 days, ${plural(views, "view")}, marked as demo data`,
    );
  }
  await buildIfChanged(root);

  const origin = `http://localhost:${port}`;
  const env = {
    NODE_ENV: "production",
    HOST: host,
    PORT: String(port),
    APP_ORIGIN: origin,
    DAO_SLUG: redis.daoSlug,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    CRON_SECRET: settings.cronSecret,
    SESSION_SECRET: settings.sessionSecret,
    // The demo's visitors have many addresses, but all connect from this machine.
    TRUST_PROXY: "loopback",
    LOG_LEVEL: "warn",
    SYNC_INTERVAL_MINUTES: "1",
    // Short, so that the run of a killed demo is taken over soon.
    SYNC_LEASE_SECONDS: "10",
  };
  await createAdmin(env, settings.adminPassword);
  const api = new ApiClient(`http://127.0.0.1:${port}`, settings.cronSecret);
  const application = await step(
    "The application",
    async () => {
      const started = running.add("the application", await startApplication(env));
      await started.waitUntilReady("The application", () => api.isReady());
      return started;
    },
    () => `The application on ${origin}`,
  );
  showLine(`  Sign in at ${origin}/login as ${adminEmail} with ${settings.adminPassword}`);
  return { api, application, databaseUrl, daoSlug: redis.daoSlug };
}

/** Only one demo at a time can use the demo's data: stops one that still runs. Returns its process id. */
async function becomeTheOnlyDemo(): Promise<number | undefined> {
  const record = path.join(dataFolder, "demo.process.json");
  mkdirSync(dataFolder, { recursive: true });
  const previous = await stopLeftover(record, "SIGTERM");
  const { pid } = process;
  writeFileSync(record, JSON.stringify({ pid, startedAt: startedAt(pid) }));
  return previous;
}

async function providePostgres(running: Running, settings: DemoSettings): Promise<string> {
  const postgres = await step(
    "PostgreSQL",
    async () => {
      const folder = path.join(dataFolder, "postgres");
      const options = {
        folder,
        password: settings.postgresPassword,
        port: preferredPorts.postgres,
      };
      const started = running.add("PostgreSQL", await startPostgres(options));
      await ensureDatabase(started, database);
      return started;
    },
    ({ version, port }) => `PostgreSQL ${version} on 127.0.0.1:${port}`,
  );
  return postgres.url(database);
}

/** The own Redis, or the one that REDIS_URL names: there, under a name that cannot be a real DAO's. */
async function provideRedis(
  running: Running,
  settings: DemoSettings,
): Promise<{ url: string; daoSlug: string }> {
  const given = process.env.REDIS_URL;
  if (given) {
    showLine(`✓ Redis as REDIS_URL says, for the DAO ${settings.guestDaoSlug}`);
    return { url: given, daoSlug: settings.guestDaoSlug };
  }
  const { url } = await step(
    "Redis",
    async () => {
      const folder = path.join(dataFolder, "redis");
      return running.add("Redis", await startRedis({ folder, port: preferredPorts.redis }));
    },
    ({ version, port }) => `Redis ${version} on 127.0.0.1:${port}`,
  );
  return { url, daoSlug: "ens" };
}
