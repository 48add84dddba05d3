import { once } from "node:events";
import type { RedisClient } from "~/platform/redis-script.server";

/** Returns when the client is connected; a command before that would fail at once. */
export async function redisReady(redis: RedisClient): Promise<void> {
  if (redis.status !== "ready") await once(redis, "ready");
}
