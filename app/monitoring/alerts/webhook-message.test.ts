import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AlertMessage } from "./alert";
import { webhookBody, webhookHeaders, webhookKey } from "./webhook-message";

const message: AlertMessage = {
  id: "alert_1_firing",
  kind: "failed-run",
  state: "firing",
  dao: "ens",
  title: "A sync failed",
  text: "Run 7: 2 of 3 targets failed.",
  path: "/admin/runs/7",
  startedAt: new Date("2026-11-24T10:00:00Z"),
  resolvedAt: undefined,
};
const origin = "https://views.example";

function bodyOf(changes: Partial<AlertMessage> = {}): Record<string, unknown> {
  return JSON.parse(webhookBody({ ...message, ...changes }, origin)) as Record<string, unknown>;
}

describe("the body", () => {
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

describe("the signature", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const now = new Date("2026-11-24T10:00:00.900Z");

  it("is over the id, the second and the body, as Standard Webhooks has it", () => {
    const headers = webhookHeaders("alert_1_firing", "{}", { key: webhookKey(secret), now });
    const signature = createHmac("sha256", Buffer.alloc(32, 7))
      .update("alert_1_firing.1795514400.{}")
      .digest("base64");
    expect(headers).toEqual({
      "webhook-id": "alert_1_firing",
      "webhook-timestamp": "1795514400",
      "webhook-signature": `v1,${signature}`,
    });
  });

  it("is what the scheme's published example has", () => {
    const headers = webhookHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', {
      key: webhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
      now: new Date(1_614_265_330_000),
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("is verified by the code in docs/alerts.md, which refuses anything else", async () => {
    const [, code = ""] = /```javascript\n([\s\S]*?)```/.exec(
      readFileSync("docs/alerts.md", "utf8"),
    )!;
    const url = `data:text/javascript,${encodeURIComponent(`${code}\nexport { isGenuine };`)}`;
    const { isGenuine } = (await import(/* @vite-ignore */ url)) as {
      isGenuine: (headers: Record<string, string>, rawBody: string, secret: string) => boolean;
    };
    const sign = (at: Date) => webhookHeaders("a", "{}", { key: webhookKey(secret), now: at });
    const headers = sign(new Date());
    expect(isGenuine(headers, "{}", secret)).toBe(true);
    expect(isGenuine(headers, "{ }", secret)).toBe(false);
    expect(isGenuine({ ...headers, "webhook-id": "b" }, "{}", secret)).toBe(false);
    expect(isGenuine(sign(new Date(Date.now() - 600_000)), "{}", secret)).toBe(false);
    expect(isGenuine(headers, "{}", `whsec_${Buffer.alloc(32, 8).toString("base64")}`)).toBe(false);
  });

  it("is left out without a secret", () => {
    const headers = webhookHeaders("a", "{}", { key: undefined, now });
    expect(Object.keys(headers)).toEqual(["webhook-id", "webhook-timestamp"]);
  });

  it.each(["", "secret", "whsec_", "whsec_c2hvcnQ=", `whsec_${"A".repeat(100)}`, "whsec_!!!!"])(
    "takes no key from %j",
    (text) => {
      expect(webhookKey(text)).toBeUndefined();
    },
  );
});
