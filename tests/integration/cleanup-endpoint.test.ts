import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanupAnswerSchema, cleanupKinds } from "~/retention/cleanup-answer";
import { waitUntil } from "../../scripts/local/wait-until";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callCron } from "../helpers/call-cron";
import { testRedis } from "../helpers/database";
import { runNpmScript } from "../helpers/npm-script";
import { testDaoSlug } from "../helpers/dao-slug";
import { useLinks, useServers } from "../helpers/use-servers";

/** The cleanup over HTTP, on the production build, and as a command. */

const previousSecret = "previous-secret-0123456789";
const daoSlug = testDaoSlug();
const use = useServers();
const links = useLinks(use);
let app: AppServer;

const nothing = Object.fromEntries(cleanupKinds.map((kind) => [kind, 0]));

beforeAll(async () => {
  app = await start();
});
afterAll(async () => {
  await app.stop();
});

function start(): Promise<AppServer> {
  return startAppServer({
    databaseUrl: links.database.url,
    redisUrl: testRedis(),
    daoSlug,
    env: { CRON_SECRET_PREVIOUS: previousSecret, CORS_ORIGINS: "https://forum.example" },
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

describe("who may call", () => {
  it.each([
    ["no header", {}],
    ["a wrong secret", { Authorization: "Bearer wrong-secret-0123456789" }],
    ["another scheme", { Authorization: `Basic ${previousSecret}` }],
  ])("nobody with %s, who then deletes nothing", async (_what, headers) => {
    await insertAuditEntries(1);
    for (const method of ["GET", "POST"]) {
      const response = await fetch(`${app.origin}/api/v1/forum/cleanup`, { method, headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toEqual({ error: "Unauthorized", status: 401 });
    }
    expect((await auditEntries()).old).toBeGreaterThan(0);
  });

  it("the cron, by either secret and either method", async () => {
    for (const method of ["GET", "POST"]) {
      await insertAuditEntries(1);
      const response = await call({
        method,
        headers: { Authorization: `Bearer ${previousSecret}` },
      });
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect((await auditEntries()).old).toBe(0);
    }
  });

  it("no page of another origin", async () => {
    const response = await call({ headers: { Origin: "https://forum.example" } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect((await call({ method: "OPTIONS" })).status).toBe(405);
  });

  it.each(["HEAD", "PUT", "DELETE"])("nobody by %s", async (method) => {
    const response = await call({ method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
    const body = await response.text();
    if (method === "HEAD") expect(body).toBe("");
    else expect(JSON.parse(body)).toEqual({ error: "Method Not Allowed", status: 405 });
  });
});

it("answers what was deleted, as its schema says", async () => {
  await insertAuditEntries(1_500);
  const answer = cleanupAnswerSchema.parse(await (await call()).json());
  expect(answer).toEqual({
    success: true,
    message: "Deleted 1500 rows past their retention",
    deleted: { ...nothing, auditEntries: 1_500 },
    removedViews: 0,
    more: false,
  });
  expect(await (await call()).json()).toEqual({
    success: true,
    message: "Nothing was past its retention",
    deleted: nothing,
    removedViews: 0,
    more: false,
  });
});

it("answers 500 while PostgreSQL is away", async () => {
  links.database.cut();
  try {
    const response = await call();
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      success: false,
      error: "Database connection failed",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      status: 500,
    });
  } finally {
    links.database.restore();
  }
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

describe("npm run cleanup", () => {
  const run = (env: Record<string, string> = {}, options: string[] = []) =>
    runNpmScript("cleanup", { databaseUrl: use.database.url, daoSlug, env, options });

  it("prints the endpoint's answer, and ends with 0", async () => {
    await insertAuditEntries(3);
    const { code, output, log } = await run();
    expect(cleanupAnswerSchema.parse(JSON.parse(output)).deleted.auditEntries).toBe(3);
    expect(code).toBe(0);
    expect(log).toContain("Cleanup completed");
  });

  it("ends with 1 when PostgreSQL is away, and with 2 for an option", async () => {
    const away = await run({ DATABASE_URL: "postgresql://forum@127.0.0.1:9/forum" });
    expect([away.code, JSON.parse(away.output)]).toEqual([
      1,
      expect.objectContaining({ success: false, error: "Database connection failed" }),
    ]);
    expect(await run({}, ["--everything"])).toMatchObject({ code: 2, output: "" });
  });

  it("names a wrong retention", async () => {
    const { code, log } = await run({ RETENTION_RUN_DAYS: "7" });
    expect(code).toBe(1);
    expect(log).toContain("RETENTION_RUN_DAYS must be 0, which keeps for ever, or at least 31");
  });
});
