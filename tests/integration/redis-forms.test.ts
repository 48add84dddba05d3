import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "~/platform/logger.server";
import { RedisBatchStore } from "~/sync/redis/redis-batch-store.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { connectRedis } from "~/platform/redis.server";
import type { Services } from "~/services.server";
import { makeCertificates, tlsSettings, type Certificates } from "../../scripts/local/certificates";
import { freePort } from "../../scripts/local/ports";
import { startRedis, type RedisServer } from "../../scripts/local/redis";
import { findSystemProgram } from "../../scripts/local/system-packages";
import { startRedisCluster, type RedisCluster } from "../faults/redis-cluster";
import { MASTER, startSentinel } from "../faults/redis-sentinels";
import { trackView } from "../helpers/track-view";
import { createTestServices, servicesReady } from "../helpers/dashboard";
import { redisReady } from "../helpers/redis-ready";
import { runToEnd } from "../helpers/sync-fixture";
import { temporaryFolder } from "../helpers/servers";
import { testDaoSlug } from "../helpers/dao-slug";
import { useServers } from "../helpers/use-servers";

/**
 * The forms of REDIS_URL other than one plain server. Failovers under traffic are tested by the fault suite.
 */

const use = useServers();
const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);

function servicesOn(redisUrl: string, env: Record<string, string> = {}): Services {
  return createTestServices({ databaseUrl: use.database.url, redisUrl, daoSlug, env });
}

async function readyOn(redisUrl: string): Promise<Services> {
  const services = servicesOn(redisUrl);
  await servicesReady(services);
  return services;
}

function countView({ tracker }: Services, topicId: string): Promise<boolean> {
  return trackView(tracker, topicId, randomBytes(8).toString("hex"));
}

const sync = ({ engine }: Services) => runToEnd(engine, {});

describe("a cluster", () => {
  let cluster: RedisCluster;
  let services: Services;
  beforeAll(async () => {
    cluster = await startRedisCluster();
    services = await readyOn(cluster.url);
  });
  afterAll(async () => {
    await services.close();
    await cluster.stop();
  });

  it("answers all that is asked of Redis", async () => {
    for (const topicId of ["1", "1", "2"]) expect(await countView(services, topicId)).toBe(true);
    const from = { client: "203.0.113.7", network: "203.0.113.7", viewer: { name: "a viewer" } };
    const view = { targetType: "forum_topic", targetId: "1", ...from };
    expect(await services.tracker.count(view)).toEqual({ outcome: "counted" });
    expect(await services.pendingMembers.sizes()).toEqual({ waiting: 2, batch: 0 });
    const attempt = await services.passwordSignIn.signIn({
      ...{ email: "nobody@forum.test", password: "wrong", ip: "203.0.113.7" },
      ...{ replacedToken: undefined },
    });
    expect(attempt.kind).toBe("wrong");
    expect((await sync(services)).status).toBe("succeeded");
    expect((await services.books.read()).difference).toBe(0);
  });

  it("is warned of when any of its masters may lose views", async () => {
    expect((await services.health.check()).warnings).toEqual([]);
    for (const master of cluster.client.nodes("master")) {
      await master.config("SET", "maxmemory-policy", "allkeys-lru");
      expect((await services.health.check()).warnings).toMatchObject([
        { text: "Redis may evict views: its maxmemory-policy is allkeys-lru, not noeviction" },
      ]);
      await master.config("SET", "maxmemory-policy", "noeviction");
    }
  });

  it("is away while nobody has our keys, and goes on with a replica that knows no script", async () => {
    const { master, replica } = await cluster.shardOf(keys.overlay);
    await replica.client.config("SET", "cluster-replica-no-failover", "yes");
    await replica.client.script("FLUSH");
    expect(await countView(services, "3")).toBe(true);
    await master.client.wait(1, 10_000);
    await master.kill();
    await expect(countView(services, "3")).rejects.toThrow("Redis connection failed");
    expect(await services.health.check()).toMatchObject({ postgres: true, redis: false });
    await expect(services.books.read()).rejects.toThrow("Redis connection failed");
    await replica.client.config("SET", "cluster-replica-no-failover", "no");
    await expect
      .poll(() => countView(services, "4").catch(() => false), { timeout: 30_000 })
      .toBe(true);
    expect((await sync(services)).status).toBe("succeeded");
    expect((await services.books.read()).difference).toBe(0);
    await master.start();
    await cluster.stable();
  });

  it("leaves a batch alone while its slot is half moved", async () => {
    const moving = viewKeys(testDaoSlug());
    const { client, url } = cluster;
    const logger = createLogger("silent");
    const redis = connectRedis({ url, name: "test", commandTimeout: 800, logger });
    await redisReady(redis);
    const store = new RedisBatchStore({ redis, keys: moving });
    // A batch of the version before, whose members have a key that the script can only derive from its id.
    const formerMembers = `${moving.batch}:1`;
    await client.set(moving.lastBatch, "1");
    await client.hset(moving.batch, { id: 1, owner: 5, views: 1, returned: 0 });
    await client.zadd(formerMembers, 1, "forum_topic:t");

    const first = await cluster.moveSlot(moving.overlay);
    await first.keys([formerMembers]);
    await expect(store.open(0)).rejects.toThrow("Redis connection failed");
    await first.keys([moving.batch, moving.lastBatch]);
    await first.end();
    expect(await store.open(0)).toMatchObject({ kind: "adopted", id: 1, size: 1 });

    const second = await cluster.moveSlot(moving.overlay);
    await second.keys([moving.batchMembers]);
    await expect(store.read(1, 0, 1)).rejects.toThrow("Redis connection failed");
    await expect(store.close(1)).rejects.toThrow("Redis connection failed");
    await second.keys([moving.batch, moving.lastBatch]);
    await second.end();
    expect(await store.close(1)).toBe(true);
    redis.disconnect();
  });
});

describe("a server that takes no writes, or not from everybody", () => {
  let redis: RedisServer;
  let services: Services;
  let admin: Redis;
  beforeAll(async () => {
    redis = await startRedis({ folder: await temporaryFolder(), temporary: true });
    admin = new Redis(redis.url, { protocol: 2 });
    services = await readyOn(redis.url);
  });
  afterAll(async () => {
    await services.close();
    admin.disconnect();
    await redis.stop();
  });

  async function connections(): Promise<string[]> {
    const list = (await admin.client("LIST")) as string;
    const ours = list.split("\n").filter((line) => line.includes("name=forum-views "));
    return ours.map((line) => /^id=(\d+)/.exec(line)?.[1] ?? "");
  }

  it("counts as away when it was demoted, and is connected to anew", async () => {
    await countView(services, "1");
    const before = await connections();
    await admin.replicaof("127.0.0.1", await freePort());
    await expect(countView(services, "1")).rejects.toThrow("Redis connection failed");
    await expect.poll(async () => (await connections()).join()).not.toBe(before.join());
    await admin.replicaof("NO", "ONE");
    await expect.poll(() => countView(services, "1").catch(() => false)).toBe(true);
  });

  it("lets us in with the password of the URL only", async () => {
    await admin.config("SET", "requirepass", "p@ss,word");
    const { host } = new URL(redis.url);
    const isLetIn = async (password: string) => {
      const client = servicesOn(`redis://:${password}@${host}`);
      await client.settled();
      const { redis: isUp } = await client.health.check();
      await client.close();
      return isUp;
    };
    expect(await isLetIn("p%40ss%2Cword")).toBe(true);
    expect(await isLetIn("another")).toBe(false);
    await admin.config("SET", "requirepass", "");
  });

  it("counts as away where it lacks the replicas that it wants, and has counted nothing", async () => {
    await admin.config("SET", "min-replicas-to-write", "1");
    const viewer = randomBytes(8).toString("hex");
    const count = () => trackView(services.tracker, "r", viewer);
    await expect(count()).rejects.toThrow("Redis connection failed");
    await admin.config("SET", "min-replicas-to-write", "0");
    expect(await count()).toBe(true);
    expect(await services.topicViews.read(["r"])).toMatchObject([{ uniqueViews: 1 }]);
  });
});

describe("Sentinels of which the first ones hang", () => {
  it("lead to the master before a process that has one thing to do begins", async () => {
    const hanging = createServer();
    await once(hanging.listen(0, "127.0.0.1"), "listening");
    const { port } = hanging.address() as AddressInfo;
    const redis = await startRedis({ folder: await temporaryFolder(), temporary: true });
    const sentinel = await startSentinel(await temporaryFolder(), redis.port);
    const nodes = [port, port, sentinel.port].map((each) => `127.0.0.1:${each}`);
    const services = servicesOn(`redis+sentinel://${nodes.join(",")}/${MASTER}`);
    await services.settled();
    expect((await services.health.check()).redis).toBe(true);
    await services.close();
    hanging.close();
    await Promise.all([sentinel, redis].map((server) => server.stop()));
  });
});

describe("moving to another Redis", () => {
  it("loses nothing when the old one is emptied before the new one is synced", async () => {
    const other = { DAO_SLUG: testDaoSlug() };
    const start = async () => startRedis({ folder: await temporaryFolder(), temporary: true });
    const [oldRedis, newRedis] = await Promise.all([start(), start()]);
    const [before, after] = [oldRedis, newRedis].map(({ url }) => servicesOn(url, other)) as [
      Services,
      Services,
    ];
    await Promise.all([before, after].map(servicesReady));
    await countView(before, "m");
    await sync(before);
    await countView(before, "m");
    await countView(after, "m");
    await sync(before);
    expect(await sync(before)).toMatchObject({ status: "empty" });
    await sync(after);
    await countView(after, "m");
    await sync(after);
    expect(await after.topicViews.read(["m"])).toMatchObject([{ uniqueViews: 4, baseViews: 4 }]);
    expect((await after.books.read()).difference).toBe(0);
    await Promise.all([before, after].map((services) => services.close()));
    await Promise.all([oldRedis, newRedis].map((server) => server.stop()));
  });
});

describe.skipIf(!findSystemProgram("openssl"))("TLS", () => {
  let files: Certificates;
  let settings: Record<string, string>;
  let port: number;
  let redis: RedisServer;
  const stops: Array<() => Promise<unknown>> = [];
  beforeAll(async () => {
    files = await makeCertificates(await temporaryFolder());
    settings = {
      REDIS_CA_FILE: files.ca,
      REDIS_CERT_FILE: files.cert,
      REDIS_KEY_FILE: files.key,
    };
    port = await freePort();
    const folder = await temporaryFolder();
    redis = await startRedis({ folder, settings: tlsSettings(files, port), temporary: true });
  });
  afterAll(() => redis.stop());
  beforeEach(() => async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function isReached(url: string, env: Record<string, string>): Promise<boolean> {
    const services = servicesOn(url, env);
    stops.unshift(() => services.close());
    await services.settled();
    return (await services.health.check()).redis;
  }

  it("reaches Redis only with its authority and a certificate of our own", async () => {
    const url = `rediss://localhost:${port}`;
    await expect.poll(() => isReached(url, settings)).toBe(true);
    expect(await isReached(url, {})).toBe(false);
    expect(await isReached(url, { REDIS_CA_FILE: files.ca })).toBe(false);
  });

  it("reaches a server through Sentinels, who want a password", async () => {
    const sentinelPort = await freePort();
    const lines = Object.entries(tlsSettings(files, sentinelPort)).map((words) => words.join(" "));
    const sentinel = await startSentinel(await temporaryFolder(), port, [
      ...lines,
      "tls-replication yes",
      "requirepass of-the-sentinel",
    ]);
    stops.push(() => sentinel.stop());
    const url = `rediss+sentinel://127.0.0.1:${sentinelPort}/${MASTER}`;
    const env = { ...settings, REDIS_SENTINEL_PASSWORD: "of-the-sentinel" };
    await expect.poll(() => isReached(url, env)).toBe(true);
    expect(await isReached(url, settings)).toBe(false);
  });

  it("reaches all nodes of a cluster", { timeout: 60_000 }, async () => {
    const cluster = await startRedisCluster(files);
    stops.push(() => cluster.stop());
    await expect.poll(() => isReached(cluster.url, settings)).toBe(true);
  });
});
