import type { Redis } from "ioredis";
import type pg from "pg";
import { viewKeys, type ViewKeys } from "~/sync/redis/view-keys";
import { BooksReader } from "~/sync/balance/books.server";
import { waitUntil } from "../../scripts/local/wait-until";
import { testSecret } from "./accounts";
import { isReady, startAppServer, type AppServer } from "./app-server";
import { callSync } from "./call-cron";
import { testDaoSlug } from "./dao-slug";
import { holdTopic } from "./hold-topic";
import { connectServers, fillOverlay } from "./sync-fixture";
import { tcpProxy, type TcpProxy } from "./tcp-proxy";
import { sendView } from "./visitor";

/**
 * Lets tests choose the topics that PostgreSQL refuses, as a trigger of the forum's own might. One trigger
 * serves all tests, because creating another would wait for all active runs of other tests.
 */
export const refusalsOfTests = `
  CREATE TABLE refused_topics (dao_slug text, "topicId" text, reason text NOT NULL,
    PRIMARY KEY (dao_slug, "topicId"));
  CREATE FUNCTION refuse_topic() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE refusal text;
  BEGIN
    SELECT reason INTO refusal FROM refused_topics
      WHERE dao_slug = NEW.dao_slug AND "topicId" = NEW."topicId";
    IF FOUND THEN RAISE EXCEPTION USING MESSAGE = refusal; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER refuse_topic BEFORE INSERT OR UPDATE ON forum_topic_view_stats
    FOR EACH ROW EXECUTE FUNCTION refuse_topic()`;

export interface SiteOptions {
  databaseUrl: string;
  redisUrl: string;
  env: Record<string, string>;
  /** Whether the test can cut the application off from its servers. */
  cuttable: boolean;
}

/** The production build for a DAO of its own, with direct access to its servers. */
export interface Site {
  readonly app: AppServer;
  readonly origin: string;
  readonly daoSlug: string;
  readonly keys: ViewKeys;
  readonly redis: Redis;
  readonly pool: pg.Pool;
  readonly books: BooksReader;
  /** The links between the application and its servers; only if the site is cuttable. */
  readonly links: { redis: TcpProxy; database: TcpProxy } | undefined;
  /** Counts views of new visitors over HTTP. */
  count(topicId: string, views?: number): Promise<void>;
  /** Puts many targets into the overlay at once: topic ids with their views. */
  fill(views: Map<string, number>): Promise<void>;
  /** Runs a sync as the cron does. Returns the run's id. */
  sync(): Promise<string>;
  /** Makes PostgreSQL refuse a topic, until it is cured. */
  refuse(topicId: string, reason?: string): Promise<() => Promise<void>>;
  /** Holds a row that the sync has to update: the run stays active until it is released. */
  hold(topicId: string): Promise<() => Promise<void>>;
  persisted(topicId: string): Promise<number>;
  /** Waits until the application has both of its servers again. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSite({
  databaseUrl,
  redisUrl,
  env,
  cuttable,
}: SiteOptions): Promise<Site> {
  const daoSlug = testDaoSlug();
  const keys = viewKeys(daoSlug);
  const servers = connectServers(databaseUrl, redisUrl);
  const { redis, pool } = servers;
  const links = cuttable
    ? { redis: await tcpProxy(redisUrl), database: await tcpProxy(databaseUrl) }
    : undefined;
  const app = await startAppServer({
    databaseUrl: links?.database.url ?? databaseUrl,
    redisUrl: links?.redis.url ?? redisUrl,
    daoSlug,
    env: {
      // The secret with which the sessions of tests/helpers/e2e-people.ts are signed.
      SESSION_SECRET: testSecret,
      TRUST_PROXY: "loopback",
      // How long a sync waits for rows that tests hold.
      SYNC_LOCK_SECONDS: "12",
      ...env,
    },
  });
  const { origin } = app;
  const held = new Set<() => Promise<void>>();

  return {
    app,
    origin,
    daoSlug,
    keys,
    redis,
    pool,
    books: new BooksReader({ pool, redis, keys, daoSlug }),
    links,
    async count(topicId, views = 1) {
      const answers = await Promise.all(
        Array.from({ length: views }, () => sendView(origin, topicId)),
      );
      const refused = answers.find(({ status }) => status !== 200);
      if (refused) throw new Error(`A view was answered with ${refused.status}`);
    },
    fill: (views) => fillOverlay({ redis, keys }, views),
    async sync() {
      const answer = await callSync(app);
      if (!answer.ok) {
        throw new Error(`The sync was answered with ${answer.status}: ${await answer.text()}`);
      }
      return answer.headers.get("X-Sync-Run-Id") ?? "";
    },
    async refuse(topicId, reason = "this topic is locked") {
      await pool.query("INSERT INTO refused_topics VALUES ($1, $2, $3)", [
        daoSlug,
        topicId,
        reason,
      ]);
      return async () => {
        await pool.query(`DELETE FROM refused_topics WHERE dao_slug = $1 AND "topicId" = $2`, [
          daoSlug,
          topicId,
        ]);
      };
    },
    async hold(topicId) {
      const letGo = await holdTopic(pool, { daoSlug, topicId });
      const release = async () => {
        if (held.delete(release)) await letGo();
      };
      held.add(release);
      return release;
    },
    async persisted(topicId) {
      const { rows } = await pool.query<{ views: number }>(
        `SELECT views FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" = $2`,
        [daoSlug, topicId],
      );
      return rows[0]?.views ?? 0;
    },
    ready: () => waitUntil(() => isReady(origin), { what: "readiness", seconds: 15 }),
    async stop() {
      // A test that failed has released no rows, and the application waits for its run to end.
      for (const release of held) await release();
      await app.stop();
      await links?.redis.close();
      await links?.database.close();
      await servers.close();
    },
  };
}
