import { createHash } from "node:crypto";
import type { ChainableCommander, Cluster, Redis } from "ioredis";
import { onRedis, redisError } from "./dependency-error.server";

export type RedisClient = Redis | Cluster;
export type RedisArgument = string | number | Buffer;

/**
 * A Lua script: sent by its digest, and in full only to a server that has not seen it.
 * `run` throws a `DependencyError` whose `cause` is the driver's own error.
 */
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
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) {
        throw redisError(error);
      }
      return onRedis(() => redis.eval(this.#lua, keys.length, ...keys, ...args) as Promise<Reply>);
    }
  }
}

/**
 * Sends queued commands as one transaction; returns their replies in the same order.
 * @throws DependencyError also when one of the commands failed
 */
export async function runTransaction<Replies extends unknown[]>(
  commands: ChainableCommander,
): Promise<Replies> {
  return onRedis(async () => {
    const replies = (await commands.exec()) ?? [];
    return replies.map(([error, reply]) => {
      if (error) throw error;
      return reply;
    }) as Replies;
  });
}
