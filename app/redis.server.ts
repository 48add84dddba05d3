import { once } from "node:events";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Logger } from "pino";
import type { RedisClient } from "./redis-script.server";

/** Milliseconds. */
const CONNECT_TIMEOUT = 2_000;

export interface RedisConnection {
  /** `redis://` or `rediss://`; several nodes of a cluster separated by commas. */
  url: string;
  /** Shown by `CLIENT LIST`. */
  name: string;
  /** Milliseconds after which a command is given up and reported as an error. */
  commandTimeout: number;
  /** Milliseconds without an answer after which the connection itself is given up and made anew. */
  socketTimeout: number;
  logger: Logger;
}

/**
 * Connects without waiting for the connection. A command fails at once while Redis is away and after
 * `commandTimeout` when it does not answer. The library re-sends commands whose reply was lost on a
 * reconnect, so every write through this client has to be harmless when it runs twice.
 */
export function connectRedis({
  url,
  name,
  commandTimeout,
  socketTimeout,
  logger,
}: RedisConnection): RedisClient {
  const options: RedisOptions = {
    connectionName: name,
    // Replies as the scripts describe them, from servers and proxies of any age.
    protocol: 2,
    commandTimeout,
    socketTimeout,
    connectTimeout: CONNECT_TIMEOUT,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    // A server that was demoted keeps its connections; the name may lead to the new one by now.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  };
  const nodes = url.split(",").map((node) => node.trim());
  const client =
    nodes.length === 1
      ? new Redis(url, options)
      : new Cluster(nodes, {
          redisOptions: { ...options, ...credentials(nodes[0] ?? "") },
          enableOfflineQueue: false,
          clusterRetryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
        });

  let wasReady = true;
  client.on("ready", () => {
    if (!wasReady) logger.info({ connection: name }, "Redis is back");
    wasReady = true;
  });
  // One line for each outage: the client tries again several times a second.
  client.on("error", (error: Error & { code?: string }) => {
    if (wasReady) logger.error({ connection: name, code: error.code }, "Redis is away");
    wasReady = false;
  });
  return client;
}

/** Waits for the first connection, or until it has failed; the next command tells which. */
export async function connectionAttempt(client: RedisClient): Promise<void> {
  if (client.status === "ready") return;
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT);
  await once(client, "ready", { signal }).catch(() => undefined);
}

/** A cluster tells the addresses of its other nodes, and nothing of how to sign in to them. */
function credentials(node: string): Pick<RedisOptions, "username" | "password" | "tls"> {
  const { username, password, protocol } = new URL(node);
  return {
    username: username === "" ? undefined : decodeURIComponent(username),
    password: password === "" ? undefined : decodeURIComponent(password),
    tls: protocol === "rediss:" ? {} : undefined,
  };
}
