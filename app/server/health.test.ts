import type pg from "pg";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { LimitedStatement } from "~/platform/limited-statement.server";
import { viewKeys } from "~/sync/redis/view-keys";
import type { RedisClient } from "~/platform/redis-script.server";
import { clockWarnings, createHealthChecks } from "./health.server";

/** Redis with these settings; undefined where it refuses to tell, as hosted servers may. */
function redisWith(settings: Record<string, string> | undefined): RedisClient {
  const lines = Object.entries(settings ?? {}).map(([name, value]) => `${name}:${value}\r\n`);
  const redis = {
    exists: () => Promise.resolve(0),
    time: () => Promise.resolve([Math.floor(Date.now() / 1_000), 0]),
    info: () =>
      settings ? Promise.resolve(lines.join("")) : Promise.reject(new Error("NOPERM info")),
  };
  return redis as unknown as RedisClient;
}

const client = {
  query: ({ answered }: LimitedStatement<object>) =>
    answered(undefined, [{ seconds: Date.now() / 1_000 }]),
  on() {},
  off() {},
  release() {},
};
const pool = { connect: () => Promise.resolve(client) } as unknown as pg.Pool;

async function warningsOf(settings: Record<string, string> | undefined): Promise<string[]> {
  const health = createHealthChecks({
    ...{ pool, redis: redisWith(settings), keys: viewKeys("ens") },
    schema: { problem: () => Promise.resolve(undefined) },
    watch: { warnings: () => [] },
    logger: pino({ level: "silent" }),
  });
  return (await health.check()).warnings.map(({ text }) => text);
}

describe("the health", () => {
  it("warns of a Redis that may evict views", async () => {
    expect(await warningsOf({ maxmemory_policy: "allkeys-lru", aof_enabled: "1" })).toEqual([
      "Redis may evict views: its maxmemory-policy is allkeys-lru, not noeviction",
    ]);
  });

  it("warns of a Redis that forgets views in a restart", async () => {
    expect(await warningsOf({ maxmemory_policy: "noeviction", aof_enabled: "0" })).toEqual([
      "Redis may lose views in a restart: its append-only file is off",
    ]);
  });

  it("warns of a Redis that is full", async () => {
    const settings = { maxmemory_policy: "noeviction", aof_enabled: "1", maxmemory: "100" };
    expect(await warningsOf({ ...settings, used_memory: "99" })).toEqual([]);
    expect(await warningsOf({ ...settings, used_memory: "100" })).toEqual([
      "Redis is full: no view can be counted until it has more memory",
    ]);
  });

  it("says what it cannot know", async () => {
    expect(await warningsOf({ maxmemory_policy: "noeviction", aof_enabled: "1" })).toEqual([]);
    expect(await warningsOf(undefined)).toEqual([
      "That Redis keeps every view cannot be checked: it refuses INFO",
    ]);
  });
});

describe("clocks", () => {
  it.each([
    [0, 0],
    [4, 0],
    [-3, 1.5],
    [5, undefined],
  ])("that differ by %d and %d seconds are well", (redis, postgres) => {
    expect(
      clockWarnings([
        ["Redis", redis],
        ["PostgreSQL", postgres],
      ]),
    ).toEqual([]);
  });

  it.each([
    [12.2, 0.1, "Redis is 12 seconds ahead of this process."],
    [0, -61, "PostgreSQL is 61 seconds behind this process."],
    [
      3,
      -3,
      "Redis is 3 seconds ahead of this process, PostgreSQL is 3 seconds behind this process.",
    ],
  ])("that differ by %d and %d seconds are told", (redis, postgres, text) => {
    const [warning] = clockWarnings([
      ["Redis", redis],
      ["PostgreSQL", postgres],
    ]);
    expect(warning?.text).toContain(text);
  });
});
