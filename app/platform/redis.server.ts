import { once } from "node:events";
import { isIP } from "node:net";
import { connect } from "node:tls";
import {
  AbstractConnector,
  Cluster,
  Redis,
  SentinelConnector,
  type ClusterOptions,
  type RedisOptions,
  type SentinelConnectionOptions,
} from "ioredis";
import type { Logger } from "pino";
import type { RedisClient } from "./redis-script.server";
import { parseRedisUrl, type RedisAddress } from "./redis-url";

const CONNECT_TIMEOUT_MS = 2_000;
/** The time for all steps on the way to a server: each Sentinel that hangs takes one connection timeout. */
const FIRST_CONNECTION_TIMEOUT_MS = 5 * CONNECT_TIMEOUT_MS;
/** The time between two attempts of a command in a cluster whose slots are moving. */
const CLUSTER_RETRY_MS = 100;

interface RedisConnection {
  /** One of the forms of `parseRedisUrl`. */
  url: string;
  /** In PEM: the authorities to trust in place of Node's own, and our certificate. */
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined };
  /** The password of the Sentinels themselves; the URL's credentials are for the servers behind them. */
  sentinelPassword?: string | undefined;
  /** Shown by `CLIENT LIST`. */
  name: string;
  /**
   * Milliseconds after which a command is given up and reported as an error. After twice that time without an
   * answer the connection itself is given up and made anew.
   */
  commandTimeout: number;
  logger: Logger;
}

/**
 * Connects without waiting for the connection. A command fails at once while Redis is away and after
 * `commandTimeout` when it does not answer. The library re-sends commands whose reply was lost on a
 * reconnect, so every write through this client has to be harmless when it runs twice.
 */
export function connectRedis(connection: RedisConnection): RedisClient {
  const { name, logger } = connection;
  const client = createClient(parseRedisUrl(connection.url), connection);
  let wasReady = true;
  client.on("ready", () => {
    if (!wasReady) logger.info({ connection: name }, "Redis is back");
    wasReady = true;
  });
  // Logged once for each outage, because the client tries again several times a second.
  client.on("error", (error: Error & { lastNodeError?: Error; command?: { name: string } }) => {
    const { message: reason } = error.lastNodeError ?? error;
    // Otherwise the library would use database 0, in which another application may count.
    if (error.command?.name === "select") client.disconnect(true);
    if (wasReady) logger.error({ connection: name, reason }, "Redis is away");
    wasReady = false;
  });
  return client;
}

function createClient(address: RedisAddress, connection: RedisConnection): RedisClient {
  const { username, password, nodes, database, master, isTls } = address;
  const { commandTimeout, name, sentinelPassword } = connection;
  const tls = isTls ? { ...connection.tls } : undefined;
  const Connector = isTls ? NamedTlsConnector : undefined;
  const options = {
    connectionName: name,
    // So that replies have the form that the scripts document, from servers and proxies of any version.
    protocol: 2 as const,
    ...{ username, password, tls, db: database },
    commandTimeout,
    socketTimeout: 2 * commandTimeout,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: retryDelay,
    // A demoted server keeps its connections; its name may lead to the new master by now.
    reconnectOnError: isDemoted,
  };
  switch (address.kind) {
    case "single":
      return new Redis({ ...options, ...nodes[0], Connector });
    case "sentinel":
      return new Redis({
        ...options,
        name: master,
        sentinels: nodes,
        sentinelPassword,
        sentinelTLS: tls,
        Connector: isTls ? NamedSentinelConnector : undefined,
        natMap: isTls ? namedAddress : undefined,
        enableTLSForSentinelMode: isTls,
        sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
        // Otherwise we would stay connected to a master that its Sentinels have replaced, and lose what we write to it.
        failoverDetector: true,
      });
    case "cluster":
      return new BoundedCluster(nodes, { ...options, Connector }, commandTimeout);
  }
}

/**
 * A cluster in which a command fails after `commandTimeout`, however many nodes were asked. The library's own
 * timeout begins when a node gets the command, which may be late, or never, while masters change.
 */
class BoundedCluster extends Cluster {
  constructor(
    nodes: RedisAddress["nodes"],
    redisOptions: ClusterOptions["redisOptions"] & { replyMapping?: "legacy" },
    private readonly commandTimeout: number,
  ) {
    super(nodes, {
      redisOptions,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryDelay,
      maxRedirections: Math.ceil(commandTimeout / CLUSTER_RETRY_MS),
      retryDelayOnFailover: CLUSTER_RETRY_MS,
      retryDelayOnClusterDown: CLUSTER_RETRY_MS,
      retryDelayOnTryAgain: CLUSTER_RETRY_MS,
      // Host names are not resolved: certificates are for names, and a node may come back at another address.
      dnsLookup: (host, found) => found(null, host),
    });
  }

  override sendCommand(...[command, ...rest]: Parameters<Cluster["sendCommand"]>): unknown {
    command.setTimeout(this.commandTimeout);
    return super.sendCommand(command, ...rest);
  }
}

/**
 * Hosted servers need the name of the server in the TLS handshake (SNI), which the library does not send. And a
 * connection can report two errors, such as a certificate that is not trusted and then an alert of the server: the
 * library listens to the first alone, and the second would end the process.
 */
class NamedTlsConnector extends AbstractConnector {
  readonly #options: RedisOptions;

  constructor(options: unknown) {
    super(CONNECT_TIMEOUT_MS);
    this.#options = options as RedisOptions;
  }

  connect() {
    const { host, port, tls } = this.#options;
    this.connecting = true;
    const stream = connect({ ...tls, ...{ host, port }, ...serverName(host) });
    this.stream = stream;
    stream.on("error", (error: Error) => {
      this.firstError ??= error;
    });
    return Promise.resolve(stream);
  }
}

/** What the library keeps to itself: how its connector makes a client for a Sentinel. */
interface SentinelClients {
  connectToSentinel: (endpoint: unknown, options?: RedisOptions) => Redis;
}

/** The same for the connections to Sentinels; the master's has a name already. */
class NamedSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    const clients = this as unknown as SentinelClients;
    const connectToSentinel = clients.connectToSentinel.bind(this);
    clients.connectToSentinel = (endpoint, others) =>
      connectToSentinel(endpoint, { ...others, Connector: NamedTlsConnector });
  }

  override async connect(...args: Parameters<SentinelConnector["connect"]>) {
    const stream = await super.connect(...args);
    return stream.on("error", () => undefined);
  }
}

/** TLS allows no IP address as the server's name. */
function serverName(host: string | undefined): { servername?: string } {
  return host === undefined || isIP(host) ? {} : { servername: host };
}

/** The master's address, converted from the Sentinels' form to the library's. */
function namedAddress(address: string) {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon);
  return { host, port: Number(address.slice(colon + 1)), ...serverName(host) };
}

function retryDelay(attempt: number): number {
  return Math.min(50 * attempt, 1_000);
}

function isDemoted({ message }: Error): boolean {
  return /\bREADONLY\b/.test(message);
}

/** The servers that take writes. */
export function mastersOf(client: RedisClient): Redis[] {
  return client instanceof Cluster ? client.nodes("master") : [client];
}

/** Waits until the first connection is made or has failed; which of the two, the next command shows. */
export async function connectionAttempt(client: RedisClient): Promise<void> {
  if (client.status === "ready") return;
  const signal = AbortSignal.timeout(FIRST_CONNECTION_TIMEOUT_MS);
  await once(client, "ready", { signal }).catch(() => undefined);
}
