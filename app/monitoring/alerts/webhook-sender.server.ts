import http from "node:http";
import https from "node:https";
import { Webhook } from "standardwebhooks";
import type { Environment } from "~/platform/environment.server";
import type { AlertMessage } from "./alert";

/** The most characters of a text that are sent: Discord takes 2,000, with everything around the text. */
const LONGEST_TEXT = 1_500;
/** Milliseconds that one attempt may take in all. */
const ATTEMPT_TIMEOUT_MS = 5_000;

export type Delivery =
  | { delivered: true }
  /**
   * `reason` is safe to log; `retryAfter` is how many seconds the receiver wants us to wait. `isRefused`:
   * sending the same message again would not help.
   */
  | { delivered: false; reason: string; isRefused: boolean; retryAfter: number | undefined };

export interface WebhookSettings {
  /** Often a secret in itself: of it, only the host may be logged. */
  url: string;
  secret: string | undefined;
  /** The dashboard's address. */
  origin: string;
}

/** Sends messages to one receiver. Follows no redirects, and opens a connection for each message. */
export class WebhookSender {
  readonly #settings: WebhookSettings;

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
  }

  get host(): string {
    return new URL(this.#settings.url).host;
  }

  /** Makes one attempt. Never rejects. */
  async send(message: AlertMessage): Promise<Delivery> {
    const body = webhookBody(message, this.#settings.origin);
    try {
      return judge(await this.#post(body, this.#headers(message.id, body)));
    } catch (error) {
      const reason = reasonOf(error);
      return { delivered: false, reason, isRefused: false, retryAfter: undefined };
    }
  }

  /** The headers that identify and sign a message, as in https://www.standardwebhooks.com. */
  #headers(id: string, body: string): Record<string, string> {
    const now = new Date();
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
    const { secret } = this.#settings;
    if (secret === undefined) return headers;
    return { ...headers, "webhook-signature": new Webhook(secret).sign(id, now, body) };
  }

  #post(body: string, headers: Record<string, string>): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.#settings.url);
      const { request } = url.protocol === "http:" ? http : https;
      const sent = request(url, {
        method: "POST",
        agent: false,
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
        headers: {
          ...headers,
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          "User-Agent": "forum-views",
        },
      });
      sent.once("response", (response) => {
        // Only the status matters; the body is read and dropped, within the time limit of the attempt.
        response.on("error", () => {}).resume();
        resolve(response);
      });
      // Not `once`: an abort after the answer causes another error.
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

/** The sender of the configured receiver; undefined where there is none. */
export function createSender(env: Environment): WebhookSender | undefined {
  if (env.ALERT_WEBHOOK_URL === undefined) return undefined;
  return new WebhookSender({
    url: env.ALERT_WEBHOOK_URL,
    secret: env.ALERT_WEBHOOK_SECRET,
    origin: env.APP_ORIGIN,
  });
}

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

function judge({ statusCode = 0, headers }: http.IncomingMessage): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { delivered: true };
  const isRedirect = statusCode >= 300 && statusCode < 400;
  return {
    delivered: false,
    reason: `It answered ${statusCode}${isRedirect ? ", and redirects are not followed" : ""}`,
    // Time-outs (408) and rate limits (429) may pass, so they do not count as refusals.
    isRefused: statusCode >= 400 && statusCode < 500 && ![408, 429].includes(statusCode),
    retryAfter: secondsOf(headers["retry-after"]),
  };
}

/** The header holds seconds, or a date. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function reasonOf(error: unknown): string {
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === "AbortError")
    return `It did not answer within ${ATTEMPT_TIMEOUT_MS / 1_000} seconds`;
  return `It cannot be reached: ${code ?? name}`;
}
