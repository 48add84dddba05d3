import { createHmac } from "node:crypto";
import { onRedis } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import type { ViewKeys } from "~/sync/redis/view-keys";

const DAY_MS = 24 * 3_600_000;
/** While a rolling upgrade lasts, a process of the version before may still create the salt of a new day. */
const READ_AGAIN_MS = 60_000;

/**
 * The marks that the version before has left: a key for each viewer of a target. They expire, and are looked
 * up as long as one of them may be left.
 */
export class FormerMarks {
  #salts: Promise<string[]> | undefined;
  #readAt = 0;

  constructor(private readonly dependencies: { redis: RedisClient; keys: ViewKeys }) {}

  /** The keys under which this viewer, as `viewerOf` names it, may be marked. */
  async keysOf(target: string, viewer: string): Promise<string[]> {
    const { keys } = this.dependencies;
    if (!viewer.startsWith("ip:")) return [keys.seen(target, viewer)];
    const salts = await this.#saltsInForce();
    return salts.map((salt) => keys.seen(target, `ip:${hashed(salt, viewer.slice(3))}`));
  }

  #saltsInForce(): Promise<string[]> {
    const { redis, keys } = this.dependencies;
    const now = Date.now();
    if (this.#salts && now < this.#readAt + READ_AGAIN_MS) return this.#salts;
    const days = [now, now - DAY_MS].map((time) => new Date(time).toISOString().slice(0, 10));
    const salts = onRedis(() => redis.mget(days.map(keys.salt))).then((found) =>
      found.filter((salt) => salt !== null),
    );
    salts.catch(() => {
      this.#salts = undefined;
    });
    [this.#salts, this.#readAt] = [salts, now];
    return salts;
  }
}

function hashed(salt: string, text: string): string {
  return createHmac("sha256", salt).update(text).digest("base64url").slice(0, 22);
}
