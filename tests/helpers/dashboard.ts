import type { AppLoadContext } from "@remix-run/node";
import { Redis } from "ioredis";
import pg from "pg";
import type { UserRole } from "~/accounts/rights";
import { parseEnvironment } from "~/platform/environment.server";
import { createLogger } from "~/platform/logger.server";
import type { SyncRequest } from "~/sync/postgres/postgres-ledger.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { createServices, type Services } from "~/services.server";
import { waitUntil } from "../../scripts/local/wait-until";
import { trackView } from "./track-view";
import { proven, testPassword } from "./accounts";
import { testDaoSlug } from "./dao-slug";
import { queryOf, runToEnd } from "./sync-fixture";

export type Dashboard = Awaited<ReturnType<typeof startDashboard>>;

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

/** The services of one DAO, wired as the process wires them, on real servers. */
export async function startDashboard(options: DashboardOptions) {
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
    query: queryOf({ pool, daoSlug }),
    /** What a loader or an action is given beside the request. */
    context: { services, clientIp: "203.0.113.7", cspNonce: "" } satisfies AppLoadContext,
    /** Creates a user of this role; returns the `Cookie` header of a browser that is signed in as them. */
    signIn: async (role: UserRole) => {
      const email = `${role}@forum.test`;
      await services.users.create("tests", { email, role, password: testPassword });
      const token = await services.sessions.open(
        proven((await services.users.findByEmail(email))!),
      );
      return (await services.cookies.session.serialize(token)).split(";")[0]!;
    },
    /** Counts views of different viewers through the real script. */
    count: async (topicId: string, views = 1) => {
      for (let view = 0; view < views; view += 1) {
        viewers += 1;
        await trackView(services.tracker, topicId, `viewer-${viewers}`);
      }
    },
    /** Runs a sync to its end; fails the test when another one is active. */
    sync: (request: Partial<SyncRequest> = {}) => runToEnd(services.engine, request),
    /**
     * Makes PostgreSQL refuse one topic, as a constraint of the forum's own might. Returns a function that
     * undoes it.
     */
    poison: async (topicId: string) => {
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
