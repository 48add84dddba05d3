import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeCertificates } from "../../scripts/local/certificates";
import { startDashboard } from "../helpers/dashboard";
import { processEnv, runScript } from "../helpers/run-script";
import { temporaryFolder } from "../helpers/servers";
import { forEachTest, useServers } from "../helpers/use-servers";
import { webhookReceiver } from "../helpers/webhook-receiver";

/** Alerts of processes that do one thing and end. */

const use = useServers();
const receiver = forEachTest(() => webhookReceiver());
const dao = forEachTest(() => startDashboard(use.urls));

function run(script: string, env: Record<string, string> = {}) {
  return runScript(script, [], {
    ...processEnv({ ...use.urls, daoSlug: dao.daoSlug }),
    ALERT_WEBHOOK_URL: receiver.url,
    ...env,
  });
}

it("npm run sync tells of its run before it ends", async () => {
  const cure = await dao.poison("bad");
  await dao.count("bad");
  await run("sync");
  expect(receiver.statesOf("failed-run")).toEqual(["firing"]);
  await cure();
  await run("sync");
  expect(receiver.statesOf("failed-run")).toEqual(["firing", "resolved"]);
});

it("npm run alerts:test sends a message, and says that it was taken, or why not", async () => {
  const { host } = new URL(receiver.url);
  const taken = { code: 0, output: `${host} has taken the message\n`, log: "" };
  expect(await run("alerts-test")).toEqual(taken);
  expect(receiver.statesOf("test")).toEqual(["firing"]);
  expect(receiver.received[0]?.body.alert.url).toBe("https://views.example/admin");
  receiver.answer(() => ({ status: 404 }));
  const refused = { code: 1, log: `${host} did not take the message. It answered 404\n` };
  expect(await run("alerts-test")).toMatchObject(refused);
  const missing = { code: 1, log: "ALERT_WEBHOOK_URL is missing\n" };
  expect(await run("alerts-test", { ALERT_WEBHOOK_URL: "" })).toMatchObject(missing);
});

it("a receiver with a certificate of its own gets nothing until that is known", async () => {
  const files = await makeCertificates(await temporaryFolder());
  const [key, cert] = [await readFile(files.key, "utf8"), await readFile(files.cert, "utf8")];
  const secured = await webhookReceiver({ key, cert });
  const env = { ALERT_WEBHOOK_URL: secured.url };
  const { code, log } = await run("alerts-test", env);
  expect([code, log]).toEqual([1, expect.stringMatching(/cannot be reached: .*(CERT|SIGNATURE)/)]);
  expect(secured.received).toEqual([]);
  const known = await run("alerts-test", { ...env, NODE_EXTRA_CA_CERTS: files.ca });
  expect([known.code, secured.statesOf("test")]).toEqual([0, ["firing"]]);
  await secured.close();
});
