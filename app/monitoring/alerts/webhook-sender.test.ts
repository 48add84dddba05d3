import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { webhookReceiver, type WebhookReceiver } from "../../../tests/helpers/webhook-receiver";
import type { AlertMessage } from "./alert";
import { webhookBody, WebhookSender, type WebhookSettings } from "./webhook-sender.server";

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
  text: "Run 7: 2 of 3 targets failed.",
  path: "/admin/runs/7",
  startedAt: new Date("2026-11-24T10:00:00Z"),
  resolvedAt: null,
};

const origin = "https://views.example";

function send(settings: Partial<WebhookSettings> = {}) {
  const sender = new WebhookSender({
    url: receiver.url,
    secret: undefined,
    origin,
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

describe("the signature", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

  it("is one that the receiver's library accepts, of this message and with this secret alone", async () => {
    expect(await send({ secret })).toEqual({ delivered: true });
    const { raw, headers } = receiver.received[0]!;
    const given = headers as Record<string, string>;
    expect(new Webhook(secret).verify(raw, given)).toEqual(JSON.parse(raw));
    const other = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
    expect(() => new Webhook(other).verify(raw, given)).toThrow("No matching signature");
    const copied = { ...given, "webhook-id": "alert_2_firing" };
    expect(() => new Webhook(secret).verify(raw, copied)).toThrow("No matching signature");
  });

  it("is left out without a secret", async () => {
    await send();
    const { headers } = receiver.received[0]!;
    expect(Object.keys(headers).filter((name) => name.startsWith("webhook-"))).toEqual([
      "webhook-id",
      "webhook-timestamp",
    ]);
  });
});

function bodyOf(changes: Partial<AlertMessage> = {}): Record<string, unknown> {
  return JSON.parse(webhookBody({ ...message, ...changes }, origin)) as Record<string, unknown>;
}

describe("the body of a message", () => {
  it("is one that Slack and Discord show, with fields for other receivers", () => {
    const shown =
      "[ens] A sync failed\nRun 7: 2 of 3 targets failed.\nhttps://views.example/admin/runs/7";
    expect(bodyOf()).toEqual({
      text: shown,
      content: shown,
      allowed_mentions: { parse: [] },
      alert: {
        id: "alert_1_firing",
        kind: "failed-run",
        state: "firing",
        dao: "ens",
        title: "A sync failed",
        text: "Run 7: 2 of 3 targets failed.",
        url: "https://views.example/admin/runs/7",
        startedAt: "2026-11-24T10:00:00.000Z",
        resolvedAt: null,
      },
    });
  });

  it("says what is over, and since when it was on", () => {
    const resolvedAt = new Date("2026-11-24T11:00:00Z");
    expect(bodyOf({ state: "resolved", resolvedAt })).toMatchObject({
      content:
        "[ens] Over: A sync failed\nIt began at 2026-11-24T10:00:00.000Z.\nhttps://views.example/admin/runs/7",
      alert: { state: "resolved", resolvedAt: "2026-11-24T11:00:00.000Z" },
    });
  });

  it("calls nobody and links nowhere, whatever the text holds", () => {
    const body = bodyOf({ text: "<!channel> & <https://evil.example|here>" });
    expect(body.text).toContain("&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;");
    expect(body.content).toContain("<!channel> & <https://evil.example|here>");
  });

  it("stays below what Discord takes, without cutting a character or the link", () => {
    const { content } = bodyOf({ text: "💥".repeat(3_000) }) as { content: string };
    expect([...content].length).toBeLessThan(2_000);
    expect(content).toMatch(/💥\nhttps:\/\/views\.example\/admin\/runs\/7$/u);
  });
});
