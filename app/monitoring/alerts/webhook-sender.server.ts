import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AlertMessage } from "./alert";
import { isPublicAddress, PrivateAddressError, publicLookup } from "./public-address";
import { webhookBody, webhookHeaders, webhookKey } from "./webhook-message";

/** Milliseconds that one attempt may take in all. */
const ATTEMPT_TIMEOUT = 5_000;

export type Delivery =
  | { delivered: true }
  /**
   * `reason` is safe to log; `retryAfter`, in seconds, is what the receiver asked for. `isRefused`: the same
   * message will hardly do better.
   */
  | { delivered: false; reason: string; isRefused: boolean; retryAfter: number | undefined };

export interface WebhookSettings {
  /** Often a secret in itself: of it, only the host may be logged. */
  url: string;
  secret: string | undefined;
  /** Receivers in private networks, and ones that do without TLS. */
  allowPrivate: boolean;
  /** Where the dashboard is. */
  origin: string;
  lookup?: LookupFunction;
}

/** Sends messages to one receiver. Follows no redirects, and keeps no connection. */
export class WebhookSender {
  readonly #url: URL;
  readonly #settings: WebhookSettings;
  readonly #key: Buffer | undefined;
  readonly #lookup: LookupFunction | undefined;

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
    this.#url = new URL(settings.url);
    this.#key = settings.secret === undefined ? undefined : webhookKey(settings.secret);
    this.#lookup = settings.allowPrivate ? settings.lookup : (settings.lookup ?? publicLookup());
  }

  get host(): string {
    return this.#url.host;
  }

  /** One attempt. Never rejects. */
  async send(message: AlertMessage): Promise<Delivery> {
    const body = webhookBody(message, this.#settings.origin);
    const signed = webhookHeaders(message.id, body, { key: this.#key, now: new Date() });
    try {
      return judge(await this.#post(body, signed));
    } catch (error) {
      const reason = reasonOf(error);
      return { delivered: false, reason, isRefused: false, retryAfter: undefined };
    }
  }

  #post(body: string, headers: Record<string, string>): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      // An address in place of a name is connected to without being looked up.
      const host = this.#url.hostname.replace(/^\[|\]$/g, "");
      if (!this.#settings.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
        return reject(new PrivateAddressError());
      }
      const { request } = this.#url.protocol === "http:" ? http : https;
      const sent = request(this.#url, {
        method: "POST",
        agent: false,
        lookup: this.#lookup,
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT),
        headers: {
          ...headers,
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          "User-Agent": "forum-views",
        },
      });
      sent.once("response", (response) => {
        // Only the status counts; what follows is let go, for as long as the attempt may take.
        response.on("error", () => {}).resume();
        resolve(response);
      });
      // Again and again: an abort after the answer is an error, too.
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

function judge({ statusCode = 0, headers }: http.IncomingMessage): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { delivered: true };
  const isRedirect = statusCode >= 300 && statusCode < 400;
  return {
    delivered: false,
    reason: `It answered ${statusCode}${isRedirect ? ", and redirects are not followed" : ""}`,
    // Not of a time-out, and not because there were too many.
    isRefused: statusCode >= 400 && statusCode < 500 && ![408, 429].includes(statusCode),
    retryAfter: secondsOf(headers["retry-after"]),
  };
}

/** Seconds, or a date. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof PrivateAddressError) return error.message;
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === "AbortError") return `It did not answer within ${ATTEMPT_TIMEOUT / 1_000} seconds`;
  return `It cannot be reached: ${code ?? name}`;
}
