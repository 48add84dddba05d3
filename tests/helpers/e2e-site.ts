import { waitUntil } from "../../scripts/local/wait-until";
import { testSecret } from "./accounts";
import { isReady, startAppServer } from "./app-server";
import { callSync } from "./call-cron";
import { holdTopic } from "./hold-topic";
import { connectServers, fillOverlay, syncFixture } from "./sync-fixture";
import { tcpProxy } from "./tcp-proxy";
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

interface SiteOptions {
  databaseUrl: string;
  redisUrl: string;
  env: Record<string, string>;
  /** Whether the test can cut the application off from its servers. */
  cuttable: boolean;
}

export type Site = Awaited<ReturnType<typeof startSite>>;

/** The production build for a DAO of its own, with direct access to its servers. */
export async function startSite({ databaseUrl, redisUrl, env, cuttable }: SiteOptions) {
  const servers = connectServers(databaseUrl, redisUrl);
  const { daoSlug, keys, redis, pool, books, query, persisted } = syncFixture(servers);
  /** The links between the application and its servers; only if the site is cuttable. */
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
    books,
    links,
    persisted,
    /** Counts views of new visitors over HTTP. */
    count: async (topicId: string, views = 1) => {
      const answers = await Promise.all(
        Array.from({ length: views }, () => sendView(origin, topicId)),
      );
      const refused = answers.find(({ status }) => status !== 200);
      if (refused) throw new Error(`A view was answered with ${refused.status}`);
    },
    /** Puts many targets into the overlay at once: topic ids with their views. */
    fill: (views: Map<string, number>) => fillOverlay({ redis, keys }, views),
    /** Runs a sync as the cron does. Returns the run's id. */
    sync: async () => {
      const answer = await callSync(app);
      if (!answer.ok) {
        throw new Error(`The sync was answered with ${answer.status}: ${await answer.text()}`);
      }
      return answer.headers.get("X-Sync-Run-Id") ?? "";
    },
    /** Makes PostgreSQL refuse a topic, until it is cured. */
    refuse: async (topicId: string, reason = "this topic is locked") => {
      await query("INSERT INTO refused_topics VALUES ($1, $2, $3)", topicId, reason);
      return async () => {
        await query(`DELETE FROM refused_topics WHERE dao_slug = $1 AND "topicId" = $2`, topicId);
      };
    },
    /** Holds a row that the sync has to update: the run stays active until it is released. */
    hold: async (topicId: string) => {
      const letGo = await holdTopic(pool, { daoSlug, topicId });
      const release = async () => {
        if (held.delete(release)) await letGo();
      };
      held.add(release);
      return release;
    },
    /** Waits until the application has both of its servers again. */
    ready: () => waitUntil(() => isReady(origin), { what: "readiness", seconds: 15 }),
    stop: async () => {
      // A test that failed has released no rows, and the application waits for its run to end.
      for (const release of held) await release();
      await app.stop();
      await links?.redis.close();
      await links?.database.close();
      await servers.close();
    },
  };
}
