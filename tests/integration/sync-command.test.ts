import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callCron } from "../helpers/call-cron";
import { testRedis } from "../helpers/database";
import { runNpmScript } from "../helpers/npm-script";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

/** The cron's side: a sync as a command, and what both do while another one is active. */

const use = useServers();
let dao: SyncFixture;

beforeEach(() => {
  dao = syncFixture(use.servers);
});

function runCommand(options: string[] = [], env: Record<string, string> = {}) {
  return runNpmScript("sync", {
    databaseUrl: use.database.url,
    daoSlug: dao.daoSlug,
    options,
    env,
  });
}

/** A run of another process, which holds the lock. */
async function otherRun(daoSlug: string): Promise<string> {
  const { rows } = await use.servers.pool.query<{ id: string }>(
    `INSERT INTO sync_runs (dao_slug, trigger, actor) VALUES ($1, 'cron', 'cron') RETURNING id`,
    [daoSlug],
  );
  return rows[0]!.id;
}

const busy = (runId: string) => ({
  success: false,
  error: "A sync is already running",
  runId,
  status: 409,
});
const skipped = (runId: string) => ({
  success: true,
  skipped: true,
  message: "A sync is already running",
  runId,
  summary: { total: 0, flushed: 0, failed: 0 },
});
const badOption = { success: false, error: `onConflict: the only value is "skip"`, status: 400 };

describe("npm run sync", () => {
  it("flushes, prints the endpoint's answer, and is in the history", async () => {
    await dao.count("1", 3);
    const { code, output, log } = await runCommand();
    expect(JSON.parse(output)).toEqual({
      success: true,
      message: "Successfully flushed 1/1 Redis overlays",
      summary: { total: 1, flushed: 1, failed: 0 },
    });
    expect(code).toBe(0);
    expect(log).toContain("Starting Redis -> Postgres view sync...");
    expect(await dao.persisted("1")).toBe(3);
    const { rows } = await dao.pool.query(
      `SELECT trigger, actor, status FROM sync_runs WHERE dao_slug = $1`,
      [dao.daoSlug],
    );
    expect(rows).toEqual([{ trigger: "cron", actor: "cron", status: "succeeded" }]);
  });

  it("ends with 1 while another sync is active, and with 0 where that may be skipped", async () => {
    const run = await otherRun(dao.daoSlug);
    const first = await runCommand();
    expect([first.code, JSON.parse(first.output)]).toEqual([1, busy(run)]);
    const second = await runCommand(["--on-conflict", "skip"]);
    expect([second.code, JSON.parse(second.output)]).toEqual([0, skipped(run)]);
  });

  it("ends with 1 when a store is away", async () => {
    const { code, output } = await runCommand([], { REDIS_URL: "redis://127.0.0.1:9" });
    expect([code, JSON.parse(output)]).toEqual([
      1,
      expect.objectContaining({ success: false, error: "Redis connection failed", status: 500 }),
    ]);
  });

  it("ends with 2 for a wrong option, and with 1 for a wrong configuration, naming it", async () => {
    expect((await runCommand(["--on-conflict", "wait"])).code).toBe(2);
    const unknown = await runCommand(["--nonsense"]);
    expect([unknown.code, unknown.output]).toEqual([2, ""]);
    expect(unknown.log).toContain("--nonsense");
    const weak = await runCommand([], { CRON_SECRET: "short" });
    expect(weak.code).toBe(1);
    expect(weak.log).toContain("CRON_SECRET must have at least 16 characters");
  });
});

describe("the endpoint with ?onConflict", () => {
  let app: AppServer;
  let run: string;
  beforeAll(async () => {
    const { daoSlug } = syncFixture(use.servers);
    app = await startAppServer({ databaseUrl: use.database.url, redisUrl: testRedis(), daoSlug });
    run = await otherRun(daoSlug);
  });
  afterAll(async () => {
    await app.stop();
  });

  async function call(query: string) {
    const response = await callCron(app, `sync-views?${query}`);
    return { status: response.status, body: (await response.json()) as unknown };
  }

  it("answers 200 and says that it skipped, while another sync is active", async () => {
    expect(await call("")).toEqual({ status: 409, body: busy(run) });
    expect(await call("onConflict=skip")).toEqual({ status: 200, body: skipped(run) });
  });

  it("names the only value that there is", async () => {
    expect(await call("onConflict=wait")).toEqual({ status: 400, body: badOption });
  });
});
