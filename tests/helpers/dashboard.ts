import { Redis } from "ioredis";
import pg from "pg";
import { parseEnvironment } from "~/platform/environment.server";
import { createLogger } from "~/platform/logger.server";
import type { RunOutcome, SyncRequest } from "~/sync/engine/sync-engine";
import { viewKeys, type ViewKeys } from "~/sync/redis/view-keys";
import { createServices, type Services } from "~/services.server";
import { waitUntil } from "../../scripts/local/wait-until";
import { testDaoSlug } from "./dao-slug";

/** The services of one DAO, wired as the process wires them, on real servers. */
export interface Dashboard {
  services: Services;
  daoSlug: string;
  keys: ViewKeys;
  redis: Redis;
  pool: pg.Pool;
  /** Counts views of different viewers through the real script. */
  count: (topicId: string, views?: number) => Promise<void>;
  /** Runs a sync to its end; fails the test when another one is active. */
  sync: (request?: Partial<SyncRequest>) => Promise<RunOutcome>;
  /**
   * Makes PostgreSQL refuse one topic, as a constraint of the forum's own might. Returns a function that
   * undoes it.
   */
  poison: (topicId: string) => Promise<() => Promise<void>>;
  close: () => Promise<void>;
}

interface DashboardOptions {
  databaseUrl: string;
  redisUrl: string;
  daoSlug?: string;
  env?: Record<string, string>;
}

/** Everything that a process consists of, wired, and not yet connected. */
export function createTestServices({
  databaseUrl,
  redisUrl,
  daoSlug = testDaoSlug(),
  env = {},
}: DashboardOptions): Services {
  const environment = parseEnvironment({
    APP_ORIGIN: "http://forum.test",
    CRON_SECRET: "a-secret-of-the-tests-long-enough",
    SESSION_SECRET: "another-secret-of-the-tests-long-enough",
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DAO_SLUG: daoSlug,
    ...env,
  });
  return createServices(environment, createLogger("silent"));
}

/** Returns when both servers answer. */
export async function servicesReady(services: Services): Promise<void> {
  await waitUntil(
    async () => {
      const { postgres, redis } = await services.health.check();
      return postgres && redis;
    },
    { what: "the services to connect", seconds: 10 },
  );
}

export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { databaseUrl, redisUrl, daoSlug = testDaoSlug() } = options;
  const services = createTestServices({ ...options, daoSlug });
  const redis = new Redis(redisUrl, { protocol: 2 });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  // Ignored, because tests cut the connections.
  redis.on("error", () => {});
  pool.on("error", () => {});
  await servicesReady(services);
  let viewers = 0;
  return {
    services,
    daoSlug,
    keys: viewKeys(daoSlug),
    redis,
    pool,
    async count(topicId, views = 1) {
      for (let view = 0; view < views; view += 1) {
        viewers += 1;
        await services.tracker.trackView("forum_topic", topicId, `viewer-${viewers}`);
      }
    },
    async sync(request = {}) {
      const started = await services.engine.start({ trigger: "cron", actor: "cron", ...request });
      if (started.kind === "busy") throw new Error(`Run ${started.run} is active`);
      return started.finished;
    },
    async poison(topicId) {
      const name = `refuse_${daoSlug.replace("-", "_")}_${topicId}`;
      await pool.query(
        `ALTER TABLE forum_topic_view_stats ADD CONSTRAINT ${name}
         CHECK (dao_slug <> '${daoSlug}' OR "topicId" <> '${topicId}') NOT VALID`,
      );
      return async () => {
        await pool.query(`ALTER TABLE forum_topic_view_stats DROP CONSTRAINT ${name}`);
      };
    },
    async close() {
      redis.disconnect();
      await pool.end();
      await services.close();
    },
  };
}
