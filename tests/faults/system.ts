import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { BooksReader } from "~/sync/balance/books.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { mastersOf } from "~/platform/redis.server";
import { viewKeys, type ViewKeys } from "~/sync/redis/view-keys";
import { waitUntil } from "../../scripts/local/wait-until";
import { isReady, startAppServer, type AppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { connectServers } from "../helpers/sync-fixture";
import { loadBalancer, type LoadBalancer } from "../helpers/load-balancer";
import { tcpProxy, type TcpProxy } from "../helpers/tcp-proxy";
import { Random } from "../simulation/random";
import { Readers } from "./readers";
import type { FaultServers } from "./servers";
import { Traffic } from "./traffic";
import { ViewLog } from "./view-log";

const TOPICS = Array.from({ length: 3_000 }, (_, id) => `t${id}`);
/** Milliseconds that the caller of a sync waits for its answer. */
const SYNC_TIMEOUT_MS = 30_000;

/**
 * Chunks of a few targets, so that a sync has a middle, and a short lease. A row that a test locks keeps its
 * chunk waiting.
 */
const appSettings = {
  SYNC_CHUNK_SIZE: "10",
  SYNC_LEASE_SECONDS: "2",
  SYNC_LOCK_SECONDS: "12",
  SYNC_PARK_AFTER: "1000",
  VIEW_RATE_PER_MINUTE: "0",
  VIEW_NETWORK_CAP: "0",
};

/** `status` is 0 when the caller got no answer. */
export interface SyncAnswer {
  status: number;
  body: { error?: string; summary?: { total: number; flushed: number; failed: number } };
}

/** A row that a run has to update, locked by somebody else in an open transaction. */
export interface LockedTopic {
  topicId: string;
  client: pg.Client;
  release: () => Promise<void>;
}

export interface SystemOptions {
  servers: FaultServers;
  seed: number;
  /** Further environment of the application. */
  env?: Record<string, string>;
  /** Puts links between the application and its servers that can be cut. */
  withLinks?: boolean;
  /** The application's URL of PostgreSQL, if it differs from the server's own. */
  databaseUrl?: string;
  /** The application's URL of Redis, if it differs from the server's own. */
  redisUrl?: string;
  /** The suite's own URL of Redis, if it differs from the server's own. */
  suiteRedisUrl?: string;
  /** The suite's own client, if one URL is not enough. Whoever made it closes it. */
  suiteRedis?: RedisClient;
  /** How many processes of the application run behind a load balancer; when undefined, one without any. */
  instances?: number;
}

/** The production build for a DAO of its own, with traffic, readers and direct access to its servers. */
export class System {
  readonly daoSlug = testDaoSlug();
  readonly keys: ViewKeys = viewKeys(this.daoSlug);
  readonly log = new ViewLog();
  readonly servers: FaultServers;
  readonly random: Random;
  readonly traffic: Traffic;
  readonly readers: Readers;
  readonly books: BooksReader;
  /** Undocumented answers to syncs. */
  readonly problems: string[] = [];
  /** Syncs that failed, or whose caller got no answer. */
  brokenSyncs = 0;
  /** The suite's own client, which bypasses the links. */
  readonly redis: RedisClient;
  readonly pool: pg.Pool;
  /** The process that gets syncs and, unless there is a load balancer, views; `open` starts it. */
  app!: AppServer;
  readonly #options: SystemOptions;
  readonly #links: { redis: TcpProxy; database: TcpProxy } | undefined;
  readonly #connections: ReturnType<typeof connectServers>;
  readonly #apps = new Set<AppServer>();
  readonly #locks = new Set<LockedTopic>();
  #balancer: LoadBalancer | undefined;

  private constructor(options: SystemOptions, links?: { redis: TcpProxy; database: TcpProxy }) {
    this.#options = options;
    this.#links = links;
    this.servers = options.servers;
    this.random = new Random(options.seed);
    const { suiteRedisUrl = this.servers.redis.url } = options;
    this.#connections = connectServers(this.servers.adminUrl, suiteRedisUrl);
    const { redis, pool } = this.#connections;
    redis.on("error", () => {});
    this.redis = options.suiteRedis ?? redis;
    this.pool = pool;
    const { daoSlug, keys, log } = this;
    this.books = new BooksReader({ pool, redis: this.redis, keys, daoSlug });
    const origin = () => this.#balancer?.origin ?? this.app.origin;
    const forum = { log, topics: TOPICS, origin };
    // A generator of its own, so that the fault's numbers follow from the seed whatever the traffic does.
    this.traffic = new Traffic({ ...forum, random: new Random(options.seed + 1) });
    this.readers = new Readers({ ...forum, random: new Random(options.seed + 2) });
  }

  static async open(options: SystemOptions): Promise<System> {
    const { servers, databaseUrl = servers.databaseUrl, withLinks } = options;
    const links = withLinks
      ? { redis: await tcpProxy(servers.redis.url), database: await tcpProxy(databaseUrl) }
      : undefined;
    const system = new System(options, links);
    try {
      system.app = await system.startApp();
      if (options.instances) await system.#balance(options.instances);
    } catch (error) {
      await system.close();
      throw error;
    }
    return system;
  }

  async #balance(instances: number): Promise<void> {
    await Promise.all(Array.from({ length: instances - 1 }, () => this.startApp()));
    this.#balancer = await loadBalancer(() => this.apps.map(({ origin }) => origin));
  }

  /** All running processes. */
  get apps(): AppServer[] {
    return [...this.#apps];
  }

  get links(): { redis: TcpProxy; database: TcpProxy } {
    if (!this.#links) throw new Error("This system has no links");
    return this.#links;
  }

  /** Another process of the same system. */
  async startApp(): Promise<AppServer> {
    const { servers, env } = this.#options;
    const { databaseUrl = servers.databaseUrl, redisUrl = servers.redis.url } = this.#options;
    const app = await startAppServer({
      databaseUrl: this.#links?.database.url ?? databaseUrl,
      redisUrl: this.#links?.redis.url ?? redisUrl,
      daoSlug: this.daoSlug,
      env: { ...appSettings, ...env },
    });
    this.#apps.add(app);
    return app;
  }

  async killApp(app: AppServer): Promise<void> {
    await app.kill();
    this.#apps.delete(app);
  }

  /** Calls the sync as the cron does. */
  async sync(app = this.app): Promise<SyncAnswer> {
    const answer = await this.#callSync(app);
    if (answer.status === 0 || answer.status === 500) this.brokenSyncs += 1;
    else if (![200, 409].includes(answer.status)) {
      this.problems.push(`A sync: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }

  async #callSync(app: AppServer): Promise<SyncAnswer> {
    try {
      const response = await callSync(app, { signal: AbortSignal.timeout(SYNC_TIMEOUT_MS) });
      return { status: response.status, body: (await response.json()) as SyncAnswer["body"] };
    } catch {
      return { status: 0, body: {} };
    }
  }

  /** Calls the sync until nothing is pending. @throws when that does not happen in time */
  async syncAll(): Promise<void> {
    let last: SyncAnswer | undefined;
    await waitUntil(
      async () => {
        last = await this.sync();
        return last.status === 200 && last.body.summary?.total === 0;
      },
      { what: "a sync that finds nothing", seconds: 60, every: 50 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; the last said ${JSON.stringify(last)}`);
    });
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** The persisted views of every topic. */
  async persisted(): Promise<Map<string, number>> {
    const rows = await this.query<{ topicId: string; views: number }>(
      `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
      [this.daoSlug],
    );
    return new Map(rows.map(({ topicId, views }) => [topicId, views]));
  }

  /** The names of matching keys on all servers. */
  async redisKeys(pattern: string): Promise<string[]> {
    return (await Promise.all(mastersOf(this.redis).map((server) => server.keys(pattern)))).flat();
  }

  /** Locks a topic's row, whether it is there already or not, until it is released. */
  async lock(topicId: string): Promise<LockedTopic> {
    const client = new pg.Client({ connectionString: this.servers.adminUrl });
    client.on("error", () => {});
    await client.connect();
    await client.query("BEGIN");
    await client.query(
      `INSERT INTO forum_topic_view_stats VALUES ($1, $2, 0, now(), 0)
       ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = forum_topic_view_stats.views`,
      [this.daoSlug, topicId],
    );
    const lock: LockedTopic = {
      topicId,
      client,
      release: async () => {
        if (!this.#locks.delete(lock)) return;
        // The server may be gone, and the lock with it.
        await client.query("ROLLBACK").catch(() => undefined);
        await client.end().catch(() => undefined);
      },
    };
    this.#locks.add(lock);
    return lock;
  }

  /** A pause of a length that the seed decides, up to so many milliseconds. */
  async moment(most: number, least = 0): Promise<void> {
    await pause(least + this.random.below(most - least));
  }

  /** Waits until the current process has both of its servers. */
  async ready(): Promise<void> {
    await waitUntil(() => isReady(this.app.origin), { what: "readiness", seconds: 30 });
  }

  async close(): Promise<void> {
    await Promise.all([this.traffic.stop(), this.readers.stop()]);
    for (const lock of this.#locks) await lock.release();
    await this.#balancer?.close();
    // Nothing can be lost any more, and a kill is quicker than a stop.
    await Promise.all([...this.#apps].map((app) => app.kill()));
    await this.#links?.redis.close();
    await this.#links?.database.close();
    await this.#connections.close();
  }
}
