import type { Redis } from "ioredis";
import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { SchemaVersion } from "~/platform/schema-version.server";
import type { ViewKeys } from "~/sync/redis/view-keys";
import type { RedisClient } from "~/platform/redis-script.server";
import { mastersOf } from "~/platform/redis.server";

/** Milliseconds that each dependency has to answer a check. */
const CHECK_TIMEOUT_MS = 1_000;

export interface Readiness {
  postgres: boolean;
  redis: boolean;
  /** Why the database does not fit this build; undefined where it does, or is away. */
  schemaProblem: string | undefined;
  /** Settings of Redis under which acknowledged views can be lost, in plain words. */
  warnings: string[];
}

export interface HealthChecks {
  check(): Promise<Readiness>;
  /** Seconds that each took to answer; undefined for one that did not within a second. */
  pings(): Promise<Record<"postgres" | "redis", number | undefined>>;
}

export function createHealthChecks({
  pool,
  redis,
  keys,
  schema,
}: {
  pool: pg.Pool;
  redis: RedisClient;
  keys: Pick<ViewKeys, "overlay">;
  schema: Pick<SchemaVersion, "problem">;
}): HealthChecks {
  async function pings() {
    const [postgresSeconds, redisSeconds] = await Promise.all([
      timeTo(() => runStatement(pool, "SELECT 1", [])),
      // Not a ping, which in a cluster any node answers: the one that has our keys.
      timeTo(() => redis.exists(keys.overlay)),
    ]);
    return { postgres: postgresSeconds, redis: redisSeconds };
  }

  return {
    pings,
    async check() {
      const seconds = await pings();
      const isUp = { postgres: seconds.postgres !== undefined, redis: seconds.redis !== undefined };
      const [schemaProblem, warnings] = await Promise.all([
        isUp.postgres ? schema.problem() : undefined,
        isUp.redis ? durabilityWarnings(redis) : [],
      ]);
      return { ...isUp, schemaProblem, warnings };
    },
  };
}

async function timeTo(check: () => Promise<unknown>): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), CHECK_TIMEOUT_MS);
  });
  const startedAt = performance.now();
  const answered = check().then(
    () => (performance.now() - startedAt) / 1_000,
    () => undefined,
  );
  const seconds = await Promise.race([answered, timeout]);
  clearTimeout(timer);
  return seconds;
}

/**
 * The promise holds as long as Redis keeps what it acknowledged: every master of a cluster, since our keys can
 * move to any.
 */
async function durabilityWarnings(redis: RedisClient): Promise<string[]> {
  const warnings = await Promise.all(mastersOf(redis).map(warningsOf));
  return [...new Set(warnings.flat())];
}

async function warningsOf(server: Redis): Promise<string[]> {
  const sections = await Promise.all(
    ["memory", "persistence"].map((section) => server.info(section).catch(() => "")),
  );
  const info = new Map(
    [...sections.join("\n").matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
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
