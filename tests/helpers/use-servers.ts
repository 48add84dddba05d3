import { afterAll, beforeAll, expect } from "vitest";
import { createTestDatabase, testRedis, type TestDatabase } from "./database";
import { connectServers, type SyncFixture } from "./sync-fixture";
import { tcpProxy, type TcpProxy } from "./tcp-proxy";

interface UsedServers {
  database: TestDatabase;
  servers: ReturnType<typeof connectServers>;
}

/**
 * A database for the test file, and connections to it and to Redis, from the file's first test to its last.
 */
export function useServers(): UsedServers {
  const use = {} as UsedServers;
  beforeAll(async () => {
    use.database = await createTestDatabase();
    use.servers = connectServers(use.database.url, testRedis());
  });
  afterAll(async () => {
    await use.servers.close();
    await use.database.drop();
  });
  return use;
}

interface UsedLinks {
  redis: TcpProxy;
  database: TcpProxy;
}

/** Links to both servers that a test can cut. Call it after `useServers`, so that they are closed before. */
export function useLinks(use: UsedServers): UsedLinks {
  const links = {} as UsedLinks;
  beforeAll(async () => {
    links.redis = await tcpProxy(testRedis());
    links.database = await tcpProxy(use.database.url);
  });
  afterAll(async () => {
    await links.redis.close();
    await links.database.close();
  });
  return links;
}

export async function expectBalanced(dao: SyncFixture): Promise<void> {
  expect((await dao.books.read()).difference).toBe(0);
}
