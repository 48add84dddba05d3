import type pg from "pg";
import { describe, expect, it } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import type { RedisClient } from "~/platform/redis-script.server";
import { createHealthChecks } from "./health.server";

/** Redis with these settings; undefined where it refuses to tell, as hosted servers do. */
function redisWith(settings: Record<string, string> | undefined): RedisClient {
  const redis = {
    exists: () => Promise.resolve(0),
    call: (_command: string, _get: string, name: string) =>
      settings ? Promise.resolve([name, settings[name]]) : Promise.reject(new Error("ERR unknown")),
  };
  return redis as unknown as RedisClient;
}

const client = { query: () => Promise.resolve({ rows: [] }), on() {}, off() {}, release() {} };
const pool = { connect: () => Promise.resolve(client) } as unknown as pg.Pool;

async function warningsOf(settings: Record<string, string> | undefined): Promise<string[]> {
  const health = createHealthChecks({ pool, redis: redisWith(settings), keys: viewKeys("ens") });
  return (await health.check()).warnings;
}

describe("the health", () => {
  it("warns of a Redis that may evict views", async () => {
    expect(await warningsOf({ "maxmemory-policy": "allkeys-lru", appendonly: "yes" })).toEqual([
      "Redis may evict views: its maxmemory-policy is allkeys-lru, not noeviction",
    ]);
  });

  it("warns of a Redis that forgets views in a restart", async () => {
    expect(await warningsOf({ "maxmemory-policy": "noeviction", appendonly: "no" })).toEqual([
      "Redis may lose views in a restart: its append-only file is off",
    ]);
  });

  it("says nothing where all is well, or where nothing is known", async () => {
    expect(await warningsOf({ "maxmemory-policy": "noeviction", appendonly: "yes" })).toEqual([]);
    expect(await warningsOf(undefined)).toEqual([]);
  });
});
