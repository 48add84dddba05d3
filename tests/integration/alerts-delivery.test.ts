import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allowCheck } from "../helpers/alert-checks";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { testRedis } from "../helpers/database";
import { selfSigned } from "../helpers/self-signed";
import { tcpProxy, type TcpProxy } from "../helpers/tcp-proxy";
import { useServers } from "../helpers/use-servers";
import { webhookReceiver, type WebhookReceiver } from "../helpers/webhook-receiver";

/** Receivers that are down, slow or refuse, or have a certificate of their own, and processes that die. */

const use = useServers();
let receiver: WebhookReceiver;
let link: TcpProxy;
let dao: Dashboard;
let apps: AppServer[];

beforeEach(async () => {
  receiver = await webhookReceiver();
  link = await tcpProxy(receiver.url);
  dao = await startDashboard({ databaseUrl: use.database.url, redisUrl: testRedis() });
  apps = [];
});
afterEach(async () => {
  receiver.release();
  await Promise.all(apps.map((app) => app.stop()));
  await dao.close();
  await link.close();
  await receiver.close();
});

async function startInstance(env: Record<string, string> = {}): Promise<AppServer> {
  const app = await startAppServer({
    databaseUrl: use.database.url,
    redisUrl: testRedis(),
    daoSlug: dao.daoSlug,
    env: {
      ALERT_WEBHOOK_URL: link.url,
      ALERT_CHECK_SECONDS: "1",
      ...env,
    },
  });
  apps.push(app);
  return app;
}

function sync(app: AppServer): Promise<Response> {
  return fetch(`${app.origin}/api/v1/forum/sync-views`, {
    method: "POST",
    headers: { Authorization: `Bearer ${app.cronSecret}` },
  });
}

/** A run that is partial, so that an alert begins; the cure makes the next one succeed. */
async function failRun(app: AppServer): Promise<() => Promise<void>> {
  const cure = await dao.poison("bad");
  await dao.count("1");
  await dao.count("bad");
  expect((await sync(app)).status).toBe(200);
  return cure;
}

/** Makes the wait before the next attempt seem over. */
async function becomeDue(): Promise<void> {
  await dao.pool.query(
    "UPDATE alerts SET next_attempt_at = clock_timestamp() WHERE dao_slug = $1",
    [dao.daoSlug],
  );
}

function failuresIn(app: AppServer) {
  return app.logs.filter(({ msg }) => msg === "An alert could not be sent; it is tried again");
}

/** Polls, and lets the instances check in each of their rounds. */
function poll<T>(read: () => T) {
  const checked = async () => {
    await allowCheck(dao);
    return read();
  };
  return expect.poll(checked);
}

describe("an alert that cannot be delivered", () => {
  it("is kept while the receiver is down, with the message that it is over, in order", async () => {
    link.cut();
    const app = await startInstance();
    const cure = await failRun(app);
    await poll(() => failuresIn(app).length).toBeGreaterThan(0);
    expect(failuresIn(app)[0]).toMatchObject({
      alert: "failed-run",
      state: "firing",
      attempt: 1,
      host: new URL(link.url).host,
      reason: "It cannot be reached: ECONNRESET",
      againInSeconds: 1,
    });
    await cure();
    expect((await sync(app)).status).toBe(200);
    await poll(() => app.logs.some(({ msg }) => msg === "An alert is over")).toBe(true);
    link.restore();
    await becomeDue();
    await poll(() => receiver.statesOf("failed-run")).toEqual(["firing", "resolved"]);
    expect(JSON.stringify(app.logs)).not.toContain("very-secret-path");
  });
});

it("a receiver that hangs keeps no sync waiting, and no process from ending", async () => {
  receiver.answer(() => "hang");
  const app = await startInstance();
  await failRun(app);
  await poll(() => receiver.received.length).toBe(1);
  // The first attempt is still open when another sync ends.
  await dao.count("2");
  expect(await (await sync(app)).json()).toMatchObject({ summary: { total: 2, flushed: 1 } });
  expect(failuresIn(app)).toEqual([]);
  apps = [];
  expect(await app.stop()).toBe(0);
  expect(failuresIn(app)[0]).toMatchObject({ reason: "It did not answer within 5 seconds" });
});

describe("an instance that is killed while it sends", () => {
  it("leaves the message to another one, which sends it under the same id", async () => {
    receiver.answer(() => "hang");
    const first = await startInstance();
    await failRun(first);
    await poll(() => receiver.received.length).toBe(1);
    await first.kill();
    apps = [];
    receiver.release();

    // Its claim is still valid: the other process sends new findings, but not this message.
    const second = await startInstance();
    await dao.redis.incrby(dao.keys.accepted, 1);
    await poll(() => receiver.statesOf("books-off")).toEqual(["firing"]);
    expect(receiver.statesOf("failed-run")).toEqual(["firing"]);

    await becomeDue();
    await poll(() => receiver.statesOf("failed-run")).toEqual(["firing", "firing"]);
    const [copy, again] = receiver.received.filter(({ body }) => body.alert.kind === "failed-run");
    expect(again?.headers["webhook-id"]).toBe(copy?.headers["webhook-id"]);
    await poll(() => second.logs.filter(({ msg }) => msg === "Alert sent").length).toBe(2);
  });
});

describe("a receiver with a certificate of its own", () => {
  it("gets nothing until the certificate is known", async () => {
    const certificate = await selfSigned();
    const secured = await webhookReceiver(certificate);
    const env = { ALERT_WEBHOOK_URL: secured.url };
    const stranger = await startInstance(env);
    await failRun(stranger);
    await poll(() => failuresIn(stranger).length).toBeGreaterThan(0);
    expect(failuresIn(stranger)[0]).toMatchObject({
      reason: "It cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    expect(secured.received).toEqual([]);
    // It could take the message again.
    await Promise.all(apps.splice(0).map((app) => app.stop()));
    await startInstance({ ...env, NODE_EXTRA_CA_CERTS: certificate.certFile });
    await becomeDue();
    await poll(() => secured.statesOf("failed-run")).toEqual(["firing"]);
    await Promise.all(apps.splice(0).map((app) => app.stop()));
    await secured.close();
    await certificate.remove();
  });
});
