import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import type { LoaderFunctionArgs } from "@remix-run/node";
import { afterEach, expect, it } from "vitest";
import { runCronSync } from "~/api/crons.server";
import { createLogger } from "~/platform/logger.server";
import { connectDatabase, runStatement, type Database } from "~/platform/postgres.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { NEWEST_MIGRATION, SchemaVersion } from "~/platform/schema-version.server";
import { loader as readyz } from "~/routes/readyz";
import { createHealthChecks } from "~/server/health.server";
import type { SyncEngine } from "~/sync/engine/sync-engine";
import { viewKeys } from "~/sync/redis/view-keys";
import { withClient } from "../../scripts/database/with-client";
import { createTestDatabase } from "../helpers/database";
import { forEachTest } from "../helpers/use-servers";

/** A database that is older than the build, and one that has to wake up. */

const redis = {
  exists: () => Promise.resolve(0),
  info: () => Promise.resolve("maxmemory_policy:noeviction\naof_enabled:1"),
} as unknown as RedisClient;
const logger = createLogger("silent");
const database = forEachTest(() => createTestDatabase());
const opened: Database[] = [];
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));

function connectTo(url: string): Database {
  const connected = connectDatabase({ url, poolSize: 2, logger });
  opened.push(connected);
  return connected;
}

it.each([
  [
    "lacks the newest migration",
    `DELETE FROM _prisma_migrations WHERE migration_name = '${NEWEST_MIGRATION}'`,
  ],
  ["has no record of migrations", "DROP TABLE _prisma_migrations"],
])("a database that %s stops a sync before anything begins", async (_what, statement) => {
  await withClient(database.url, (client) => client.query(statement));
  const { pool, patientPool } = connectTo(database.url);
  const engine = {
    start: () => Promise.reject(new Error("A run was started")),
  } as unknown as SyncEngine;
  const schema = new SchemaVersion(patientPool);
  const answer = await runCronSync({ engine, schema, logger }, { onConflict: null, actor: "cron" });
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({
    success: false,
    error: "The database is older than this build: run db:migrate",
  });
  expect(await schema.problem()).toBe("The database is older than this build: run db:migrate");
  const health = createHealthChecks({
    ...{ pool, redis, schema, logger },
    keys: viewKeys("ens"),
    watch: { warnings: () => [] },
  });
  const context = { services: { health } };
  const readiness = await readyz({ context } as unknown as LoaderFunctionArgs);
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({
    status: "unavailable",
    checks: { postgres: "ok", redis: "ok" },
    warnings: ["The database is older than this build: run db:migrate"],
  });
});

it("a database that is up to date has no problem", async () => {
  expect(await new SchemaVersion(connectTo(database.url).pool).problem()).toBeUndefined();
});

it("a database that takes a while to wake up has its sync, and pages don't wait for it", async () => {
  const target = new URL(database.url);
  const awakeAt = performance.now() + 5_000;
  const { hostname, port } = target;
  const proxy = createServer((socket) => {
    socket.on("error", () => undefined);
    const open = () => {
      const upstream = connect(Number(port), hostname);
      upstream.on("error", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
      socket.pipe(upstream).pipe(socket);
    };
    setTimeout(open, Math.max(0, awakeAt - performance.now()));
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  target.port = String((proxy.address() as AddressInfo).port);
  const { pool, patientPool } = connectTo(target.href);
  const startedAt = performance.now();
  const page = runStatement(pool, "SELECT 1", []).then(
    () => "answered",
    (error: Error) =>
      `${error.message} within ${performance.now() - startedAt < 4_000 ? 4 : "more"} s`,
  );
  expect(await runStatement(patientPool, "SELECT 1 AS one", [])).toEqual([{ one: 1 }]);
  expect(await page).toBe("Database connection failed within 4 s");
  expect(await runStatement(pool, "SELECT 1 AS one", [])).toEqual([{ one: 1 }]);
  proxy.close();
});
