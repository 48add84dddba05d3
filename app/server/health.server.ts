import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import type pg from "pg";
import type { Logger } from "pino";
import type { Warning } from "~/monitoring/warning";
import { runStatement } from "~/platform/postgres.server";
import type { SchemaVersion } from "~/platform/schema-version.server";
import type { ViewKeys } from "~/sync/redis/view-keys";
import type { RedisClient } from "~/platform/redis-script.server";
import { mastersOf } from "~/platform/redis.server";

/** Milliseconds that each dependency has to answer a check. */
const CHECK_TIMEOUT_MS = 1_000;
/** Seconds that clocks may differ before ages and windows are so wrong that people have to be told. */
const MOST_CLOCK_SECONDS = 5;

const postgresClock = `SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds`;

export function createHealthChecks(dependencies: {
  pool: pg.Pool;
  redis: RedisClient;
  keys: Pick<ViewKeys, "overlay">;
  schema: Pick<SchemaVersion, "problem">;
  watch: { warnings(): Warning[] };
  logger: Logger;
}) {
  const { pool, redis, keys, schema, watch, logger } = dependencies;
  const logged = new Set<string>();
  function askBoth() {
    return Promise.all([
      answerOf(async () => {
        const [clock] = await runStatement<{ seconds: number }>(pool, postgresClock, []);
        return clock?.seconds ?? NaN;
      }),
      // No ping, which any node of a cluster would answer: this asks the one that has our keys.
      answerOf(() => redis.exists(keys.overlay)),
    ]);
  }

  return {
    /** Seconds that each took to answer; undefined when it took longer than one second. */
    async pings() {
      const [postgres, reply] = await askBoth();
      return { postgres: postgres?.seconds, redis: reply?.seconds };
    },

    /**
     * Whether each answers. `schemaProblem`: why the database does not fit this build, unless it does or is
     * away. `warnings`: settings that should be changed, but stop nothing.
     */
    async check() {
      const [postgres, reply] = await askBoth();
      const [schemaProblem, servers] = await Promise.all([
        postgres ? schema.problem() : undefined,
        reply ? Promise.all(mastersOf(redis).map(examine)) : [],
      ]);
      const warnings = [
        ...durabilityWarnings(servers.flatMap(({ durability }) => durability)),
        ...clockWarnings([
          ["PostgreSQL", postgres && offsetOf(postgres)],
          ...servers.map(({ offset }): Offset => ["Redis", offset]),
        ]),
      ];
      for (const { id, text } of warnings) {
        // The warning names the difference between the clocks, which varies from check to check.
        const key = id === "clocks" ? id : text;
        if (!logged.has(key)) logger.warn(text);
        logged.add(key);
      }
      return {
        ...{ postgres: !!postgres, redis: !!reply, schemaProblem },
        // The watch logs its warnings itself, when they begin.
        warnings: [...warnings, ...watch.warnings()],
      };
    },
  };
}

interface CheckAnswer<Value> {
  value: Value;
  seconds: number;
  /** Unix seconds by our clock, half-way between question and answer. */
  at: number;
}

/** Undefined when there is no answer in time. */
async function answerOf<Value>(ask: () => Promise<Value>): Promise<CheckAnswer<Value> | undefined> {
  const [askedAt, startedAt] = [Date.now() / 1_000, performance.now()];
  const answered = ask().then(
    (value) => {
      const seconds = (performance.now() - startedAt) / 1_000;
      return { value, seconds, at: askedAt + seconds / 2 };
    },
    () => undefined,
  );
  return Promise.race([answered, setTimeout(CHECK_TIMEOUT_MS, undefined, { ref: false })]);
}

/** Seconds that a clock is ahead of ours. */
function offsetOf({ value, at }: CheckAnswer<number>): number {
  return value - at;
}

type Offset = [name: string, seconds: number | undefined];

/** Warns when the clocks of the stores and of this process differ too much. */
export function clockWarnings(offsets: Offset[]): Warning[] {
  const known = offsets.filter((offset): offset is [string, number] => offset[1] !== undefined);
  const seconds = known.map(([, offset]) => offset).concat(0);
  if (!(Math.max(...seconds) - Math.min(...seconds) > MOST_CLOCK_SECONDS)) return [];
  const apart = known
    .filter(([, offset]) => Math.abs(offset) >= 1)
    .map(([name, offset]) => {
      const direction = offset > 0 ? "ahead of" : "behind";
      return `${name} is ${Math.round(Math.abs(offset))} seconds ${direction} this process`;
    });
  return [
    {
      id: "clocks",
      title: "The clocks differ",
      text: `The clocks differ, so ages and windows are wrong: ${[...new Set(apart)].join(", ")}. Let NTP set the clock of each machine`,
    },
  ];
}

/**
 * No view is lost only as long as Redis keeps what it has acknowledged. In a cluster that goes for every
 * master, since our keys can move to any of them.
 */
function durabilityWarnings(texts: string[]): Warning[] {
  return [...new Set(texts)].map((text) => ({
    id: "durability",
    title: "Redis may lose views",
    text,
  }));
}

/** What a server's settings say about durability, and how far its clock is ahead of ours. */
async function examine(server: Redis): Promise<{ durability: string[]; offset?: number }> {
  const [clock, info] = await Promise.all([
    answerOf(async () => {
      const [seconds, microseconds] = await server.time();
      return Number(seconds) + Number(microseconds) / 1e6;
    }),
    server.info().catch(() => ""),
  ]);
  const durability = durabilityOf(info);
  return clock ? { durability, offset: offsetOf(clock) } : { durability };
}

function durabilityOf(text: string): string[] {
  const info = new Map(
    [...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
  );
  const [policy, appendOnly] = [info.get("maxmemory_policy"), info.get("aof_enabled")];
  const warnings: string[] = [];
  if (policy === undefined || appendOnly === undefined) {
    warnings.push("That Redis keeps every view cannot be checked: it refuses INFO");
  }
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(`Redis may evict views: its maxmemory-policy is ${policy}, not noeviction`);
  }
  if (appendOnly === "0") {
    warnings.push("Redis may lose views in a restart: its append-only file is off");
  }
  const [used, most] = [Number(info.get("used_memory")), Number(info.get("maxmemory"))];
  if (most > 0 && used >= most) {
    warnings.push("Redis is full: no view can be counted until it has more memory");
  }
  return warnings;
}
