import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../scripts/local/run-command";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { testRedis } from "../helpers/database";
import { useServers } from "../helpers/use-servers";
import { webhookReceiver, type WebhookReceiver } from "../helpers/webhook-receiver";

/** Alerts of processes that do one thing and end. */

const root = path.resolve(import.meta.dirname, "../..");
const use = useServers();
let receiver: WebhookReceiver;
let dao: Dashboard;

beforeEach(async () => {
  receiver = await webhookReceiver();
  dao = await startDashboard({ databaseUrl: use.database.url, redisUrl: testRedis() });
});
afterEach(async () => {
  await dao.close();
  await receiver.close();
});

function runScript(script: string, env: Record<string, string> = {}) {
  return runCommand(process.execPath, ["--import", "tsx", path.join(root, "scripts", script)], {
    seconds: 60,
    cwd: root,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "test",
      DATABASE_URL: use.database.url,
      REDIS_URL: testRedis(),
      DAO_SLUG: dao.daoSlug,
      APP_ORIGIN: "https://views.example",
      CRON_SECRET: "cron-secret-0123456789",
      SESSION_SECRET: "session-secret-0123456789-0123456789",
      ALERT_WEBHOOK_URL: receiver.url,
      ...env,
    },
  });
}

describe("npm run sync", () => {
  it("tells of its run before it ends", async () => {
    const cure = await dao.poison("bad");
    await dao.count("bad");
    await runScript("sync.ts");
    expect(receiver.statesOf("failed-run")).toEqual(["firing"]);
    await cure();
    await runScript("sync.ts");
    expect(receiver.statesOf("failed-run")).toEqual(["firing", "resolved"]);
  });
});

describe("npm run alerts:test", () => {
  it("sends a message, and says that it was taken", async () => {
    const { ok, output } = await runScript("alerts-test.ts");
    expect([ok, output]).toEqual([true, `${new URL(receiver.url).host} has taken the message\n`]);
    expect(receiver.statesOf("test")).toEqual(["firing"]);
    expect(receiver.received[0]?.body.alert.url).toBe("https://views.example/admin");
  });

  it("says why it was not, and what is missing or wrong", async () => {
    receiver.answer(() => ({ status: 404 }));
    const refused = await runScript("alerts-test.ts");
    expect(refused.ok).toBe(false);
    expect(refused.output).toMatch(
      /^127\.0\.0\.1:\d+ did not take the message\. It answered 404\n$/,
    );
    const missing = await runScript("alerts-test.ts", { ALERT_WEBHOOK_URL: "" });
    expect([missing.ok, missing.output]).toEqual([false, "ALERT_WEBHOOK_URL is missing\n"]);
    const wrong = await runScript("alerts-test.ts", { ALERT_WEBHOOK_URL: "ftp://127.0.0.1" });
    expect(wrong.output).toContain("ALERT_WEBHOOK_URL must be a URL that starts with https://");
  });
});
