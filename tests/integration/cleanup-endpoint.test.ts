import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanupAnswerSchema } from "~/retention/cleanup-answer";
import { waitUntil } from "../../scripts/local/wait-until";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callCron } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { processEnv, runScript } from "../helpers/run-script";
import { useServers } from "../helpers/use-servers";

/**
 * The cleanup over HTTP, on the production build, and as a command. What it answers to whom is tested with
 * its contract and its guards: api-contract.test.ts and route-guards.test.ts.
 */

const daoSlug = testDaoSlug();
const use = useServers();
let app: AppServer;

beforeAll(async () => {
  app = await start();
});
afterAll(async () => {
  await app.stop();
});

function start(): Promise<AppServer> {
  return startAppServer({
    ...use.urls,
    daoSlug,
    env: { CORS_ORIGINS: "https://forum.example" },
  });
}

function call(init: Parameters<typeof callCron>[2] = {}): Promise<Response> {
  return callCron(app, "cleanup", init);
}

async function insertAuditEntries(count: number): Promise<void> {
  await use.servers.pool.query(
    `INSERT INTO audit_log (dao_slug, actor, action, created_at)
     SELECT $1, 'ada@example.org', 'old', now() - interval '400 days'
     FROM generate_series(1, $2::int)`,
    [daoSlug, count],
  );
}

async function auditEntries(): Promise<{ old: number; noted: number }> {
  const { rows } = await use.servers.pool.query<{ old: number; noted: number }>(
    `SELECT count(*) FILTER (WHERE action = 'old')::int AS old,
       COALESCE(sum((details ->> 'auditEntries')::int), 0)::int AS noted
     FROM audit_log WHERE dao_slug = $1`,
    [daoSlug],
  );
  return rows[0]!;
}

it("is called by no page of another origin", async () => {
  const response = await call({ headers: { Origin: "https://forum.example" } });
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
  expect((await call({ method: "OPTIONS" })).status).toBe(405);
});

describe("a cleanup that is ended in the middle", () => {
  const count = 20_000;
  beforeAll(async () => {
    // Slow enough to be interrupted in the middle.
    await use.servers.pool.query(`
      CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(0.1); RETURN NULL;
      END $$;
      CREATE TRIGGER slow_down AFTER DELETE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION slow_down()`);
  });

  async function untilInTheMiddle(): Promise<void> {
    await waitUntil(async () => (await auditEntries()).old < count, {
      what: "the first batch to be deleted",
      seconds: 20,
    });
  }

  async function expectTheRestGoes(): Promise<void> {
    expect((await auditEntries()).old).toBeGreaterThan(0);
    expect((await call()).status).toBe(200);
    const { noted } = await auditEntries();
    expect(await auditEntries()).toEqual({ old: 0, noted });
  }

  it("by SIGKILL has noted what it deleted, and the next one goes on", async () => {
    const before = (await auditEntries()).noted;
    await insertAuditEntries(count);
    const answer = call().catch(() => undefined);
    await untilInTheMiddle();
    await app.kill();
    expect(await answer).toBeUndefined();
    // PostgreSQL finishes the current statement or rolls it back, together with its audit entry.
    const { old, noted } = await auditEntries();
    expect(noted - before).toBeGreaterThan(0);
    expect(old).toBeGreaterThan(0);
    app = await start();
    await expectTheRestGoes();
    expect((await auditEntries()).noted - before).toBe(count);
  });

  it("by SIGTERM answers that more is left", async () => {
    await insertAuditEntries(count);
    const answer = call();
    await untilInTheMiddle();
    expect(await app.stop()).toBe(0);
    const { more, message } = cleanupAnswerSchema.parse(await (await answer).json());
    expect(more).toBe(true);
    expect(message).toMatch(/^Deleted \d+ rows .*, and the next cleanup goes on$/);
    app = await start();
    await expectTheRestGoes();
  });
});

it("npm run cleanup prints the endpoint's answer, and ends with 0, or else with 1", async () => {
  const run = (env: Record<string, string> = {}) =>
    runScript("cleanup", [], { ...processEnv({ ...use.urls, daoSlug }), ...env });
  await insertAuditEntries(3);
  const { code, output, log } = await run();
  expect(cleanupAnswerSchema.parse(JSON.parse(output)).deleted.auditEntries).toBe(3);
  expect(code).toBe(0);
  expect(log).toContain("Cleanup completed");
  const away = await run({ DATABASE_URL: "postgresql://forum@127.0.0.1:9/forum" });
  expect([away.code, JSON.parse(away.output)]).toEqual([
    1,
    expect.objectContaining({ success: false, error: "Database connection failed" }),
  ]);
});
