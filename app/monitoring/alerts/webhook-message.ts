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
