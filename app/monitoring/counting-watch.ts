import type { Logger } from "pino";
import type { ViewOutcome } from "~/counting/view-outcomes";
import type { Warning } from "./warning";

/** What a request to count a view tells about the settings. */
export interface CountedRequest {
  outcome: ViewOutcome;
  /** The client's network; undefined if the request was refused before that was determined. */
  client?: string | undefined;
  origin?: string | undefined;
  /** The sender's address, if it sent X-Forwarded-For or Forwarded although TRUST_PROXY does not name it. */
  unnamedProxy?: string | undefined;
}

const MINUTE_MS = 60_000;
/** How many minutes are watched; each is counted separately. */
const WATCHED_MINUTES = 5;
/** How long a warning stays after the last time that its cause was seen. */
const WARNED_FOR_MS = 15 * MINUTE_MS;
/** Fewer requests are not enough to judge by. */
const FEWEST_REQUESTS = 50;
const NEARLY_ALL = 0.9;
/** With another proxy named, so many requests through an unnamed one count as a mistake. */
const FEWEST_FORWARDED = 20;
/** Limits, because anybody can send made-up origins and clients. */
const MOST_ORIGINS = 20;
const MOST_CLIENTS = 1_000;
const SHOWN_ORIGINS = 3;

interface Minute {
  number: number;
  requests: number;
  forwarded: number;
  /** Client → how many of its views were duplicates or over a limit. */
  uncounted: Map<string, number>;
}

const uncountedOutcomes: ReadonlySet<ViewOutcome> = new Set(["duplicate", "network", "rate"]);
/** Private addresses. Any other address may be a visitor's, and is neither stored nor shown. */
const privateAddress = /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|^f[cd]|^0:0:0:0:0:0:0:1$/;

/**
 * Watches this process's requests to count for signs of a wrong setting. Nobody would notice otherwise that a
 * whole forum is taken for one visitor, or that its views are lost.
 */
export class CountingWatch {
  readonly #warned = new Set<Warning["id"]>();
  #minutes: Minute[] = [];
  /** Refused origins, and when each was last seen, in the order of these times. */
  readonly #origins = new Map<string, number>();
  #proxy: { address: string; seenAt: number } | undefined;

  constructor(
    private readonly dependencies: { namesProxies: boolean; logger: Logger; now: () => number },
  ) {}

  observe({ outcome, client, origin, unnamedProxy }: CountedRequest): void {
    const minute = this.#minute();
    minute.requests += 1;
    if (unnamedProxy !== undefined) {
      minute.forwarded += 1;
      this.#proxy = { address: unnamedProxy, seenAt: this.dependencies.now() };
      this.#logOnce("proxy");
    }
    if (outcome === "origin" && origin !== undefined) this.#refuse(origin);
    if (client === undefined || !uncountedOutcomes.has(outcome)) return;
    const { uncounted } = minute;
    if (uncounted.has(client) || uncounted.size < MOST_CLIENTS) {
      uncounted.set(client, (uncounted.get(client) ?? 0) + 1);
      if (minute.requests % FEWEST_REQUESTS === 0) this.#logOnce("one-client");
    }
  }

  warnings(): Warning[] {
    return [this.#proxyWarning(), this.#clientWarning(), this.#originsWarning()].filter(
      (warning) => warning !== undefined,
    );
  }

  #minute(): Minute {
    const number = Math.floor(this.dependencies.now() / MINUTE_MS);
    const newest = this.#minutes[0];
    if (newest?.number === number) return newest;
    const minute = { number, requests: 0, forwarded: 0, uncounted: new Map<string, number>() };
    this.#minutes = [minute, ...this.#recent()];
    return minute;
  }

  #recent(): Minute[] {
    const oldest = Math.floor(this.dependencies.now() / MINUTE_MS) - WATCHED_MINUTES;
    return this.#minutes.filter(({ number }) => number > oldest);
  }

  #sum(what: "requests" | "forwarded"): number {
    return this.#recent().reduce((sum, minute) => sum + minute[what], 0);
  }

  #refuse(origin: string): void {
    if (!/^https?:\/\/[\w.:[\]-]{1,200}$/.test(origin)) return;
    // A map keeps the place of a key that it has.
    this.#origins.delete(origin);
    this.#origins.set(origin, this.dependencies.now());
    const [oldest] = this.#origins.keys();
    if (this.#origins.size > MOST_ORIGINS) this.#origins.delete(oldest!);
    this.#logOnce("origins");
  }

  #isRecent(time: number): boolean {
    return time > this.dependencies.now() - WARNED_FOR_MS;
  }

  /**
   * With another proxy named, a client may have sent the header itself: most requests must have it to count.
   */
  #proxyWarning(): Warning | undefined {
    if (!this.#proxy || !this.#isRecent(this.#proxy.seenAt)) return undefined;
    if (this.dependencies.namesProxies) {
      const forwarded = this.#sum("forwarded");
      if (forwarded < FEWEST_FORWARDED || forwarded < this.#sum("requests") / 2) return undefined;
    }
    const { address } = this.#proxy;
    const from = privateAddress.test(address) ? `${address}, which` : "an address that";
    return {
      id: "proxy",
      title: "A proxy is not named",
      text: `Views arrive with X-Forwarded-For from ${from} TRUST_PROXY does not name, so all visitors behind it are taken for one: if it is your proxy, name it in TRUST_PROXY`,
    };
  }

  #clientWarning(): Warning | undefined {
    const requests = this.#sum("requests");
    if (requests < FEWEST_REQUESTS) return undefined;
    const uncounted = new Map<string, number>();
    for (const minute of this.#recent()) {
      for (const [client, views] of minute.uncounted) {
        uncounted.set(client, (uncounted.get(client) ?? 0) + views);
      }
    }
    if (Math.max(0, ...uncounted.values()) < NEARLY_ALL * requests) return undefined;
    return {
      id: "one-client",
      title: "Nearly all views come from one client",
      text: `Nearly all of the last ${requests} views were refused or duplicates of one client: if your visitors come through a proxy, name it in TRUST_PROXY`,
    };
  }

  #originsWarning(): Warning | undefined {
    const origins = [...this.#origins].filter(([, time]) => this.#isRecent(time)).reverse();
    if (origins.length === 0) return undefined;
    const shown = origins.slice(0, SHOWN_ORIGINS).map(([origin]) => origin);
    const others = origins.length - shown.length;
    const names = others > 0 ? `${shown.join(", ")} and ${others} others` : shown.join(", ");
    return {
      id: "origins",
      title: "Views of an origin are refused",
      text: `Views from pages of ${names} are refused: if that is your forum, name it in CORS_ORIGINS`,
    };
  }

  #logOnce(id: Warning["id"]): void {
    if (this.#warned.has(id)) return;
    const warning = this.warnings().find((found) => found.id === id);
    if (!warning) return;
    this.#warned.add(id);
    this.dependencies.logger.warn(warning.text);
  }
}
