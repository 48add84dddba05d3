import type { AlertMessage } from "./alert";

/** The most characters of a text that are sent: Discord takes 2,000, with everything around the text. */
const LONGEST_TEXT = 1_500;

/**
 * One body for all receivers: Slack shows `text`, Discord `content`, and others read `alert`.
 * @param origin the dashboard's address, without a slash at the end
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
    // A text must not mention, and so notify, anybody in Discord. In Slack that would take a `<`.
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
