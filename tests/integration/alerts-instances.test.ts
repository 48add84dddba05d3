import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";
import { webhookReceiver } from "../helpers/webhook-receiver";

/** Three processes of one DAO that all check for alerts, and one receiver. */

const use = useServers();
const key = Buffer.alloc(32, 3);
const receiver = forAllTests(() => webhookReceiver());
const dao = forAllTests(() => startDashboard(use.urls));
let apps: AppServer[] = [];

function startInstance(): Promise<AppServer> {
  return startAppServer({
    ...use.urls,
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
  apps = await Promise.all([startInstance(), startInstance(), startInstance()]);
});
afterAll(() => Promise.all(apps.map((app) => app.stop())));

async function syncAt(app: AppServer): Promise<unknown> {
  return (await callSync(app)).json();
}

/**
 * Makes the last check seem long ago, so that any process checks in its next round. Not within half a second
 * of the last check: if a new check begins before that one has ended, its findings are ignored.
 */
async function allowCheck(): Promise<void> {
  await dao.query(`UPDATE alert_checks SET started_at = started_at - interval '1 hour'
     WHERE dao_slug = $1 AND started_at < clock_timestamp() - interval '500 milliseconds'`);
}

async function checksSoFar(): Promise<number> {
  const rows = await dao.query<{ number: string }>(
    "SELECT number FROM alert_checks WHERE dao_slug = $1",
  );
  return Number(rows[0]?.number ?? 0);
}

/** Polls, and lets the instances check in each of their rounds. */
function poll<T>(read: () => T) {
  const checked = async () => {
    await allowCheck();
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

  it("four messages in all, each signed, with an id and a link of its own", async () => {
    await afterMoreChecks();
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(4);
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

it("a receiver that hangs keeps no sync waiting, and no process from ending", async () => {
  receiver.answer(() => "hang");
  const before = receiver.received.length;
  await dao.poison("worse");
  await dao.count("1");
  await dao.count("worse");
  expect(await syncAt(apps[0]!)).toMatchObject({ summary: { total: 2, flushed: 1, failed: 1 } });
  await poll(() => receiver.received.length).toBeGreaterThan(before);
  // The first attempt is still open when another sync ends.
  await dao.count("2");
  expect(await syncAt(apps[0]!)).toMatchObject({ summary: { flushed: 1 } });
  const ended = apps.splice(0);
  const failuresIn = ({ logs }: AppServer) =>
    logs.filter(({ msg }) => msg === "An alert could not be sent; it is tried again");
  expect(ended.flatMap(failuresIn)).toEqual([]);
  expect(await Promise.all(ended.map((app) => app.stop()))).toEqual([0, 0, 0]);
  expect(ended.flatMap(failuresIn)[0]).toMatchObject({
    reason: "It did not answer within 5 seconds",
  });
});
