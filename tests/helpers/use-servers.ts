import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { createTestDatabase, testRedis, type TestDatabase } from "./database";
import { connectServers, type SyncFixture } from "./sync-fixture";
import { tcpProxy, type TcpProxy } from "./tcp-proxy";

interface Urls {
  databaseUrl: string;
  redisUrl: string;
}

interface UsedServers {
  database: TestDatabase;
  servers: ReturnType<typeof connectServers>;
  /** Where a process finds both. */
  urls: Urls;
}

/**
 * What `start` returns, from the first test of the file, or of the `describe`, to the last; it is empty
 * before. Whatever has `stop`, `close` or `drop` is ended by it, and what was started later ends first.
 */
export function forAllTests<Started extends object>(
  start: () => Started | Promise<Started>,
): Started {
  const { started, begin, end } = startedBy(start);
  beforeAll(begin);
  afterAll(end);
  return started;
}

/** The same, but anew for each test. */
export function forEachTest<Started extends object>(
  start: () => Started | Promise<Started>,
): Started {
  const { started, begin, end } = startedBy(start);
  beforeEach(begin);
  afterEach(end);
  return started;
}

function startedBy<Started extends object>(start: () => Started | Promise<Started>) {
  type End = () => unknown;
  const started = {} as Started & { stop?: End; close?: End; drop?: End };
  return {
    started,
    begin: async () => void Object.assign(started, await start()),
    end: async () => {
      const end = started.stop ?? started.close ?? started.drop;
      // Otherwise what does not start for the next test would look like that of this one.
      for (const name of Object.keys(started)) Reflect.deleteProperty(started, name);
      await end?.();
    },
  };
}

/**
 * A database for the test file, and connections to it and to Redis, from the file's first test to its last.
 */
export function useServers(): UsedServers {
  return forAllTests(async () => {
    const database = await createTestDatabase();
    const urls = { databaseUrl: database.url, redisUrl: testRedis() };
    const servers = connectServers(urls.databaseUrl, urls.redisUrl);
    const close = async () => {
      await servers.close();
      await database.drop();
    };
    return { database, servers, urls, close };
  });
}

interface UsedLinks {
  redis: TcpProxy;
  database: TcpProxy;
  /** Where a process finds both servers through the links. */
  urls: Urls;
}

/** Links to both servers that a test can cut. Call it after `useServers`, so that they are closed before. */
export function useLinks(use: UsedServers): UsedLinks {
  return forAllTests(async () => {
    const redis = await tcpProxy(testRedis());
    const database = await tcpProxy(use.database.url);
    const urls = { databaseUrl: database.url, redisUrl: redis.url };
    const close = async () => {
      await redis.close();
      await database.close();
    };
    return { redis, database, urls, close };
  });
}

export async function expectBalanced(dao: SyncFixture): Promise<void> {
  expect((await dao.books.read()).difference).toBe(0);
}
