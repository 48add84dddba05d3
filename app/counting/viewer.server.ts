import { createHmac, randomBytes } from "node:crypto";
import type { RedisClient } from "~/platform/redis-script.server";
import { dailySalts } from "./tracking-scripts";
import type { ViewKeys } from "~/sync/redis/view-keys";

/** How long a day's salt is kept, in seconds: the day itself and the window that began in it. */
const SALT_SECONDS = 48 * 3_600;
const DAY = 24 * 3_600 * 1_000;

export interface ViewerName {
  name: string;
  former?: string | undefined;
}

/** What a request tells about who is looking. */
export interface ViewerSignals {
  /** A wallet address, `0x` and 40 hex digits. */
  address?: string | null | undefined;
  ip: string | undefined;
  userAgent: string | undefined;
}

/**
 * Names viewers without keeping who they are: an address as it is, anybody else by a keyed hash under
 * a random salt that changes every UTC day and is then forgotten, so that the hash can never be
 * turned back into an IP address.
 */
export class ViewerNames {
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;
  readonly #clock: () => Date;
  #salts: { day: string; today: string; yesterday: string | undefined } | undefined;

  constructor(dependencies: { redis: RedisClient; keys: ViewKeys; clock: () => Date }) {
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
    this.#clock = dependencies.clock;
  }

  /**
   * The name under which this viewer counts once, and the one that it had before midnight. Somebody who
   * cannot be told apart is always new.
   */
  async viewer({ address, ip, userAgent }: ViewerSignals): Promise<ViewerName> {
    if (address) return { name: `user:${address.toLowerCase()}` };
    if (ip === undefined) return { name: `anon:${randomBytes(16).toString("hex")}` };
    const { today, yesterday } = await this.#saltsInForce();
    const signals = `${ip}\n${userAgent ?? ""}`;
    return {
      name: `ip:${hash(today, signals)}`,
      former: yesterday === undefined ? undefined : `ip:${hash(yesterday, signals)}`,
    };
  }

  /** The key under which the requests of a network are limited, whatever its clients say of themselves. */
  async client(network: string): Promise<string> {
    return hash((await this.#saltsInForce()).today, network);
  }

  async #saltsInForce(): Promise<{ today: string; yesterday: string | undefined }> {
    const now = this.#clock();
    const day = utcDay(now);
    if (this.#salts?.day !== day) {
      const keys = [day, utcDay(new Date(now.getTime() - DAY))].map(this.#keys.salt);
      const fresh = randomBytes(32).toString("hex");
      const [today, yesterday] = await dailySalts.run(this.#redis, keys, [fresh, SALT_SECONDS]);
      this.#salts = { day, today, yesterday: yesterday ?? undefined };
    }
    return this.#salts;
  }
}

function utcDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function hash(salt: string, text: string): string {
  return createHmac("sha256", salt).update(text).digest("base64url").slice(0, 22);
}
