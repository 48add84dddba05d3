import { describe, expect, it } from "vitest";
import type { AlertMessage } from "./alert";
import { webhookBody } from "./webhook-sender.server";

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
