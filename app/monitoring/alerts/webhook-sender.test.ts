import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { webhookReceiver, type WebhookReceiver } from "../../../tests/helpers/webhook-receiver";
import type { AlertMessage } from "./alert";
import { publicLookup } from "./public-address";
import { WebhookSender, type WebhookSettings } from "./webhook-sender.server";

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await webhookReceiver();
});
afterEach(() => receiver.close());

const message: AlertMessage = {
  id: "alert_1_firing",
  kind: "failed-run",
  state: "firing",
  dao: "ens",
  title: "A sync failed",
  text: "Run 7",
  path: "/admin/runs/7",
  startedAt: new Date(),
  resolvedAt: undefined,
};

function send(settings: Partial<WebhookSettings> = {}) {
  const sender = new WebhookSender({
    url: receiver.url,
    secret: undefined,
    allowPrivate: true,
    origin: "https://views.example",
    ...settings,
  });
  return sender.send(message);
}

describe("a message", () => {
  it("is delivered with any answer of success", async () => {
    receiver.answer(() => ({ status: 204 }));
    expect(await send()).toEqual({ delivered: true });
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]).toMatchObject({
      path: "/hooks/very-secret-path",
      headers: { "content-type": "application/json", "webhook-id": "alert_1_firing" },
      body: { alert: { kind: "failed-run" } },
    });
  });

  it("is not delivered with any other, and waits as long as it is asked to", async () => {
    receiver.answer(() => ({ status: 429, headers: { "Retry-After": "90" } }));
    expect(await send()).toMatchObject({ reason: "It answered 429", retryAfter: 90 });
    const later = new Date(Date.now() + 600_000).toUTCString();
    receiver.answer(() => ({ status: 503, headers: { "Retry-After": later } }));
    const delivery = await send();
    expect(delivery).toMatchObject({ delivered: false, reason: "It answered 503" });
    expect(!delivery.delivered && delivery.retryAfter).toBeGreaterThan(300);
    receiver.answer(() => ({ status: 500, headers: { "Retry-After": "soon" } }));
    expect(await send()).toMatchObject({ delivered: false, retryAfter: undefined });
  });

  it.each([
    [404, true],
    [410, true],
    [408, false],
    [429, false],
    [503, false],
  ])("is refused for good or not: %i", async (status, isRefused) => {
    receiver.answer(() => ({ status }));
    expect(await send()).toMatchObject({ delivered: false, isRefused });
  });

  it("follows no redirect", async () => {
    receiver.answer(() => ({ status: 307, headers: { Location: "/elsewhere" } }));
    expect(await send()).toMatchObject({
      delivered: false,
      reason: "It answered 307, and redirects are not followed",
    });
    expect(receiver.received).toHaveLength(1);
  });

  it("is given up when nothing answers in time", async () => {
    receiver.answer(() => "hang");
    expect(await send()).toMatchObject({
      delivered: false,
      reason: "It did not answer within 5 seconds",
    });
  }, 20_000);

  it("says why nobody can be reached, without the path", async () => {
    const { url } = receiver;
    await receiver.close();
    const delivery = await send({ url });
    receiver = await webhookReceiver();
    expect(delivery).toMatchObject({
      delivered: false,
      reason: "It cannot be reached: ECONNREFUSED",
    });
  });
});

describe("a receiver in a private network", () => {
  const refused = { delivered: false, reason: "The receiver has no public address" };

  it.each([
    "https://127.0.0.1:PORT",
    "https://localhost:PORT",
    "https://2130706433:PORT",
    "https://[::1]:PORT",
    "https://[::ffff:127.0.0.1]:PORT",
  ])("is not connected to: %s", async (origin) => {
    const url = origin.replace("PORT", new URL(receiver.url).port);
    expect(await send({ url, allowPrivate: false })).toMatchObject(refused);
  });

  it("is not connected to by a name that leads there only when the connection is made", async () => {
    let leadsTo = "1.1.1.1";
    const lookup = publicLookup((_hostname, _options, callback) =>
      callback(null, [{ address: leadsTo, family: 4 }]),
    );
    const url = `http://rebound.example:${new URL(receiver.url).port}/`;
    const sender = new WebhookSender({
      url,
      lookup,
      allowPrivate: false,
      secret: undefined,
      origin: "https://views.example",
    });
    leadsTo = "127.0.0.1";
    expect(await sender.send(message)).toMatchObject(refused);
    expect(receiver.received).toEqual([]);
  });

  it("is connected to where that is allowed", async () => {
    const url = receiver.url.replace("127.0.0.1", "localhost");
    expect(await send({ url })).toEqual({ delivered: true });
  });
});
