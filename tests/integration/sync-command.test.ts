import { expect, it } from "vitest";
import { processEnv, runScript } from "../helpers/run-script";
import { syncFixture } from "../helpers/sync-fixture";
import { forEachTest, useServers } from "../helpers/use-servers";

/** `npm run sync`. */

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

function runCommand(options: string[] = [], env: Record<string, string> = {}) {
  return runScript("sync", options, {
    ...processEnv({ ...use.urls, daoSlug: dao.daoSlug }),
    ...env,
  });
}

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
  const rows = await dao.query(`SELECT trigger, actor, status FROM sync_runs WHERE dao_slug = $1`);
  expect(rows).toEqual([{ trigger: "cron", actor: "cron", status: "succeeded" }]);
});

it("ends with 1 while another sync is active, and with 0 where that may be skipped", async () => {
  const rows = await dao.query<{ id: string }>(
    `INSERT INTO sync_runs (dao_slug, trigger, actor) VALUES ($1, 'cron', 'cron') RETURNING id`,
  );
  const runId = rows[0]!.id;
  const message = "A sync is already running";
  const first = await runCommand();
  const busy = { success: false, error: message, runId, status: 409 };
  expect([first.code, JSON.parse(first.output)]).toEqual([1, busy]);
  const second = await runCommand(["--on-conflict", "skip"]);
  const summary = { total: 0, flushed: 0, failed: 0 };
  const skipped = { success: true, skipped: true, message, runId, summary };
  expect([second.code, JSON.parse(second.output)]).toEqual([0, skipped]);
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
