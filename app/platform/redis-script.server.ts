import { createHash } from "node:crypto";
import type { Cluster, Redis } from "ioredis";

export type RedisClient = Redis | Cluster;
export type RedisArgument = string | number | Buffer;

/** A Lua script: sent by its digest, and in full only to a server that has not seen it. */
export class RedisScript<Reply> {
  readonly #lua: string;
  readonly #digest: string;

  constructor(lua: string) {
    this.#lua = lua.trim();
    this.#digest = createHash("sha1").update(this.#lua).digest("hex");
  }

  async run(redis: RedisClient, keys: string[], args: RedisArgument[]): Promise<Reply> {
    try {
      return (await redis.evalsha(this.#digest, keys.length, ...keys, ...args)) as Reply;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return (await redis.eval(this.#lua, keys.length, ...keys, ...args)) as Reply;
    }
  }
}
