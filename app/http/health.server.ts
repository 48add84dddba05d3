import type pg from "pg";
import { runStatement } from "~/db.server";
import type { RedisClient } from "~/redis-script.server";

/** Milliseconds that each dependency has to answer a check. */
const CHECK_TIMEOUT = 1_000;

export interface Readiness {
  postgres: boolean;
  redis: boolean;
  /** Settings of Redis under which acknowledged views can be lost, in plain words. */
  warnings: string[];
}

export interface HealthChecks {
  check(): Promise<Readiness>;
}

export function createHealthChecks({
  pool,
  redis,
}: {
  pool: pg.Pool;
  redis: RedisClient;
}): HealthChecks {
  return {
    async check() {
      const [postgresUp, redisUp] = await Promise.all([
        answers(runStatement(pool, "SELECT 1", [])),
        answers(redis.ping()),
      ]);
      const warnings = redisUp ? await durabilityWarnings(redis) : [];
      return { postgres: postgresUp, redis: redisUp, warnings };
    },
  };
}

async function answers(check: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT);
  });
  const answered = check.then(
    () => true,
    () => false,
  );
  const result = await Promise.race([answered, timeout]);
  clearTimeout(timer);
  return result;
}

/**
 * The promise holds as long as Redis keeps what it acknowledged. Hosted servers may refuse CONFIG;
 * then nothing is known and nothing is said.
 */
async function durabilityWarnings(redis: RedisClient): Promise<string[]> {
  const settings = new Map<string, string>();
  for (const name of ["maxmemory-policy", "appendonly"]) {
    const reply = await redis.call("CONFIG", "GET", name).catch(() => undefined);
    if (Array.isArray(reply) && typeof reply[1] === "string") settings.set(name, reply[1]);
  }
  const warnings: string[] = [];
  const policy = settings.get("maxmemory-policy");
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(`Redis may evict views: its maxmemory-policy is ${policy}, not noeviction`);
  }
  if (settings.get("appendonly") === "no") {
    warnings.push("Redis may lose views in a restart: its append-only file is off");
  }
  return warnings;
}
