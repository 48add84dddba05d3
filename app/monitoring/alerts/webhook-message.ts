import { createHmac } from "node:crypto";
import type { AlertMessage } from "./alert";

/** Characters of the text that are sent: Discord takes 2,000 with everything around it. */
const LONGEST_TEXT = 1_500;

/**
 * One body for all: Slack shows `text`, Discord `content`, and other receivers have `alert`.
 * @param origin where the dashboard is, without a slash at its end
 */
export function webhookBody(message: AlertMessage, origin: string): string {
  const { id, kind, state, dao, title, startedAt, resolvedAt } = message;
  const text = [...message.text].slice(0, LONGEST_TEXT).join("");
  const url = `${origin}${message.path}`;
  const shown =
    state === "firing"
      ? `[${dao}] ${title}\n${text}\n${url}`
      : `[${dao}] Over: ${title}\nIt began at ${startedAt.toISOString()}.\n${url}`;
  return JSON.stringify({
    text: shown.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    content: shown,
    // Nothing in a text of ours calls anybody in Discord; in Slack that takes a `<`.
    allowed_mentions: { parse: [] },
    alert: {
      id,
      kind,
      state,
      dao,
      title,
      text,
      url,
      startedAt: startedAt.toISOString(),
      resolvedAt: resolvedAt?.toISOString() ?? null,
    },
  });
}

/** What the secret looks like, and the bytes in it, as in https://www.standardwebhooks.com. */
export function webhookKey(secret: string): Buffer | undefined {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  const key = encoded === undefined ? undefined : Buffer.from(encoded, "base64");
  return key && key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** The headers that name and sign a message, of one attempt at `now`. */
export function webhookHeaders(
  id: string,
  body: string,
  { key, now }: { key: Buffer | undefined; now: Date },
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (!key) return headers;
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
