import { rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { createServer, TLSSocket } from "node:tls";
import { once } from "node:events";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { pino } from "pino";
import { LoginLimits } from "~/accounts/login-limits.server";
import { SchemaVersion } from "~/platform/schema-version.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { connectRedis, connectionAttempt } from "~/platform/redis.server";
import { ViewTracker } from "~/counting/view-tracker.server";
import { createHealthChecks } from "~/server/health.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { startRedis, type RedisServer } from "../../scripts/local/redis";
import { trackView } from "../helpers/track-view";
import { testDaoSlug } from "../helpers/dao-slug";
import { temporaryFolder } from "../helpers/servers";
import { useServers } from "../helpers/use-servers";

/** What hosted Redis servers do and a plain one does not. */

const use = useServers();
const keys = viewKeys(testDaoSlug());
let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  const settings = { databases: "1" };
  server = await startRedis({ folder: await temporaryFolder(), settings, temporary: true });
  admin = new Redis(server.url, { protocol: 2 });
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const limits = { windowSeconds: 60, perMinute: 0, perNetwork: 0 };

async function connected(url: string) {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const client = connectRedis({
    ...{ url, name: "test", commandTimeout: 800, logger },
  });
  await connectionAttempt(client);
  return { client, lines, tracker: new ViewTracker({ redis: client, keys, limits }) };
}

async function warningsOf(redis: RedisClient): Promise<string[]> {
  const { pool } = use.servers;
  const schema = new SchemaVersion(pool);
  const [watch, logger] = [{ warnings: () => [] }, pino({ level: "silent" })];
  const checks = createHealthChecks({ pool, redis, keys, schema, watch, logger });
  const { warnings } = await checks.check();
  return warnings.map(({ text }) => text);
}

it("a database that cannot be selected is an outage, and database 0 stays untouched", async () => {
  const { client, lines, tracker } = await connected(`${server.url}/1`);
  await expect(trackView(tracker, "1", "a")).rejects.toThrow("Redis connection failed");
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  expect(lines.join()).toContain("DB index is out of range");
  await expect(trackView(tracker, "1", "a")).rejects.toThrow("Redis connection failed");
  expect(lines).toHaveLength(1);
  expect(await admin.dbsize()).toBe(0);
  client.disconnect();
});

it("a Redis whose memory is used up is called full, counts nothing, and lets people sign in a few times", async () => {
  const { client, tracker } = await connected(server.url);
  await admin.config("SET", "maxmemory", "1");
  const count = () => trackView(tracker, "1", "a");
  await expect(count()).rejects.toThrow("Redis is full");
  expect(await warningsOf(client)).toContain(
    "Redis is full: no view can be counted until it has more memory",
  );
  const limits = new LoginLimits({
    redis: client,
    keyPrefix: keys.loginPrefix,
    secret: "secret",
  });
  const attempt = { email: "admin@views.example", ip: "203.0.113.7" };
  const right = await limits.admit(attempt);
  if (right.kind === "admitted") await right.succeeded();
  const kinds = [right.kind];
  for (let guess = 0; guess < 6; guess += 1) kinds.push((await limits.admit(attempt)).kind);
  expect(kinds).toEqual([...Array<string>(6).fill("admitted"), "limited"]);
  await admin.config("SET", "maxmemory", "0");
  expect(await count()).toBe(true);
  client.disconnect();
});

it("a Redis that fails to write to its disk says so, and lets people sign in", async () => {
  const folder = await temporaryFolder();
  const settings = { save: "3600 1" };
  const full = await startRedis({ folder, settings, temporary: true });
  const { client, tracker } = await connected(full.url);
  const own = new Redis(full.url, { protocol: 2 });
  await rm(folder, { recursive: true });
  await own.bgsave();
  await expect.poll(() => own.info("persistence")).toContain("rdb_last_bgsave_status:err");
  await expect(trackView(tracker, "1", "a")).rejects.toThrow(
    "Redis is full: it cannot write to its disk",
  );
  const limits = new LoginLimits({ redis: client, keyPrefix: keys.loginPrefix, secret: "secret" });
  const attempt = { email: "admin@views.example", ip: "203.0.113.7" };
  expect((await limits.admit(attempt)).kind).toBe("admitted");
  // Otherwise Redis would refuse to end before it has saved.
  await own.config("SET", "save", "");
  for (const each of [client, own]) each.disconnect();
  await full.stop();
});

it("a Redis that refuses CONFIG and INFO is warned of", async () => {
  await admin.acl("SETUSER", "hosted", "on", ">password", "~*", "&*", "+@all", "-config", "-info");
  const { client } = await connected(server.url.replace("//", "//hosted:password@"));
  await admin.config("SET", "maxmemory-policy", "allkeys-lru");
  expect(await warningsOf(client)).toEqual([
    "That Redis keeps every view cannot be checked: it refuses INFO",
  ]);
  await admin.config("SET", "maxmemory-policy", "noeviction");
  client.disconnect();
});

it.each<[who: string, url: (port: number) => string]>([
  ["one server", (port) => `rediss://localhost:${port}`],
  ["the nodes of a cluster", (port) => `rediss+cluster://localhost:${port}`],
  ["Sentinels", (port) => `rediss+sentinel://localhost:${port}/master`],
])("TLS to %s tells the server's name, and may fail twice", async (_who, url) => {
  const names: string[] = [];
  const server = createServer({
    SNICallback(name, done) {
      names.push(name);
      done(null);
    },
  });
  server.on("tlsClientError", () => undefined);
  await once(server.listen(0, "localhost"), "listening");
  const { port } = server.address() as AddressInfo;
  // Node reports an alert that comes after the error that closed the connection, and ends the process if nobody listens.
  const listeners: number[] = [];
  vi.spyOn(TLSSocket.prototype, "destroy").mockImplementation(function (this: TLSSocket, error) {
    if (this.remotePort === port && error) {
      this.once("close", () => listeners.push(this.listenerCount("error")));
    }
    Duplex.prototype.destroy.call(this, error);
    return this;
  });
  const logger = pino({ level: "silent" });
  const client = connectRedis({
    ...{ url: url(port), name: "test", commandTimeout: 800, logger },
  });
  await expect.poll(() => listeners.length).toBeGreaterThan(0);
  expect(listeners).not.toContain(0);
  expect(names).toContain("localhost");
  client.disconnect();
  server.close();
  vi.restoreAllMocks();
});
