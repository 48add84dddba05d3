import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { withClient } from "../../scripts/database/with-client";

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * A database of its own: migrated and empty, as a copy, which takes a fraction of the time of the
 * migrations; or, with `bare`, without any table.
 */
export async function createTestDatabase({ bare = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const maintenanceUrl = inject("maintenanceUrl");
  const run = (statement: string) =>
    withClient(maintenanceUrl, (client) => client.query(statement));
  const template = bare ? "template0" : inject("templateDatabase");
  await run(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(maintenanceUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await run(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

/** The Redis that the integration tests share: keys are kept apart by the DAO slug. */
export function testRedis(): string {
  return inject("redisUrl");
}
