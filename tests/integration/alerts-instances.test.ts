import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowCheck } from "../helpers/alert-checks";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { testRedis } from "../helpers/database";
import { useServers } from "../helpers/use-servers";
import { webhookReceiver, type WebhookReceiver } from "../helpers/webhook-receiver";

/** Three processes of one DAO that all check for alerts, and one receiver. */

const use = useServers();
const key = Buffer.alloc(32, 3);
let receiver: WebhookReceiver;
let dao: Dashboard;
let apps: AppServer[];

function startInstance(): Promise<AppServer> {
  return startAppServer({
    databaseUrl: use.database.url,
    redisUrl: testRedis(),
    daoSlug: dao.daoSlug,
    env: {
      CRON_SECRET: "cron-secret-0123456789",
      SYNC_PARK_AFTER: "1",
      ALERT_WEBHOOK_URL: receiver.url,
      ALERT_WEBHOOK_SECRET: `whsec_${key.toString("base64")}`,
      ALERT_CHECK_SECONDS: "1",
    },
  });
}

beforeAll(async () => {
  receiver = await webhookReceiver();
  dao = await startDashboard({ databaseUrl: use.database.url, redisUrl: testRedis() });
  apps = await Promise.all([startInstance(), startInstance(), startInstance()]);
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await dao.close();
  await receiver.close();
});

async function syncAt(app: AppServer): Promise<unknown> {
  const response = await fetch(`${app.origin}/api/v1/forum/sync-views`, {
    method: "POST",
    headers: { Authorization: `Bearer ${app.cronSecret}` },
  });
  return response.json();
}

async function checksSoFar(): Promise<number> {
  const { rows } = await dao.pool.query<{ number: string }>(
    "SELECT number FROM alert_checks WHERE dao_slug = $1",
    [dao.daoSlug],
  );
  return Number(rows[0]?.number ?? 0);
}

/** Polls, and lets the instances check in each of their rounds. */
function poll<T>(read: () => T) {
  const checked = async () => {
    await allowCheck(dao);
    return read();
  };
  return expect.poll(checked);
}

/** Returns when the instances would have sent anything that they might send twice. */
async function afterMoreChecks(): Promise<void> {
  const before = await checksSoFar();
  await poll(checksSoFar).toBeGreaterThan(before + 1);
}

/** Waits for these states. The last test checks that no more follow. */
async function expectStates(kind: string, states: string[]): Promise<void> {
  await poll(() => receiver.statesOf(kind)).toEqual(states);
}

describe("three instances tell once that an alert began and once that it is over:", () => {
  it("the cron is late", async () => {
    await syncAt(apps[0]!);
    await dao.pool.query(
      `UPDATE sync_runs SET finished_at = clock_timestamp() - interval '25 minutes'
       WHERE dao_slug = $1`,
      [dao.daoSlug],
    );
    await expectStates("late-cron", ["firing"]);
    await afterMoreChecks();
    await syncAt(apps[1]!);
    await expectStates("late-cron", ["firing", "resolved"]);
  });

  it("a run was partial, and a target is parked, with an instance that starts anew", async () => {
    const cure = await dao.poison("bad");
    await dao.count("1");
    await dao.count("bad", 2);
    expect(await syncAt(apps[1]!)).toMatchObject({ summary: { total: 2, flushed: 1, failed: 1 } });
    await expectStates("failed-run", ["firing"]);
    await expectStates("parked-targets", ["firing"]);

    await apps[2]!.stop();
    apps[2] = await startInstance();
    await afterMoreChecks();
    expect(receiver.statesOf("failed-run")).toEqual(["firing"]);

    expect(await syncAt(apps[2])).toMatchObject({ message: "No Redis overlays to flush" });
    await expectStates("failed-run", ["firing", "resolved"]);
    expect(receiver.statesOf("parked-targets")).toEqual(["firing"]);
    await cure();
    await dao.sync({ trigger: "retry", targets: ["forum_topic:bad"] });
    await expectStates("parked-targets", ["firing", "resolved"]);
  });

  it("the books are off, also while syncs go on", async () => {
    await dao.redis.incrby(dao.keys.accepted, 2);
    await expectStates("books-off", ["firing"]);
    for (const app of [...apps, ...apps]) {
      await dao.count("2");
      expect(await syncAt(app)).toMatchObject({ success: true });
    }
    await afterMoreChecks();
    expect(receiver.statesOf("books-off")).toEqual(["firing"]);
    await dao.redis.decrby(dao.keys.accepted, 2);
    await expectStates("books-off", ["firing", "resolved"]);
  });

  it("Redis has lost a batch", async () => {
    await dao.redis.decr(dao.keys.lastBatch);
    await expectStates("regressed-batch", ["firing"]);
    await afterMoreChecks();
    const decision = { choice: "keep", reason: "a test", actor: "admin@forum.test" } as const;
    expect(await dao.services.regression.resolve(decision)).toMatchObject({ kind: "resolved" });
    await expectStates("regressed-batch", ["firing", "resolved"]);
  });

  it("ten messages in all, each signed, with an id and a link of its own", async () => {
    await afterMoreChecks();
    expect(receiver.received).toHaveLength(10);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(10);
    for (const { headers, raw, body } of receiver.received) {
      const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${raw}`;
      const signature = createHmac("sha256", key).update(signed).digest("base64");
      expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
      expect(body.alert.id).toBe(headers["webhook-id"]);
      expect(body.alert.dao).toBe(dao.daoSlug);
      expect(body.alert.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/admin/);
    }
  });
});
