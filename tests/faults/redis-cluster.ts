import { Cluster } from "ioredis";
import { tlsSettings, type Certificates } from "../../scripts/local/certificates";
import { freePort } from "../../scripts/local/ports";
import { waitUntil } from "../../scripts/local/wait-until";
import { startRestartableRedis, type RestartableRedis } from "./servers";

const MASTERS = 3;
const SLOTS = 16_384;
/** Milliseconds without an answer after which a node counts as failed: many, and few while one is meant to fail. */
const NODE_TIMEOUT_MS = 15_000;
const IMPATIENT_NODE_TIMEOUT_MS = 3_000;

interface ClusterNode extends RestartableRedis {
  /** The port for clients of the requested kind. */
  urlPort: number;
}

interface SlotMove {
  keys(names: string[]): Promise<void>;
  /** To be called when all keys are moved. */
  end(): Promise<void>;
}

export interface RedisCluster {
  /** The URL in the form of `REDIS_URL`. */
  url: string;
  /** The suite's own client, which is patient while masters change. */
  client: Cluster;
  /** The node that has the key now, and the one that would take over. */
  shardOf(key: string): Promise<{ master: ClusterNode; replica: ClusterNode }>;
  /** The replica of a node that is silent for a moment takes over, until `stable`. */
  expectFailure(): Promise<void>;
  /** Begins to move the key's slot to another master. */
  moveSlot(key: string): Promise<SlotMove>;
  /** Waits until all slots are served and every replica follows its master. */
  stable(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Three masters with a replica each, on free ports of the loopback interface; with TLS if certificates are
 * given.
 */
export async function startRedisCluster(certificates?: Certificates): Promise<RedisCluster> {
  const nodes: ClusterNode[] = [];
  let client: Cluster | undefined;
  const stop = async () => {
    client?.disconnect();
    await Promise.all(nodes.map((node) => node.remove()));
  };
  try {
    const start = async () => void nodes.push(await startNode(certificates));
    await Promise.all(Array.from({ length: 2 * MASTERS }, start));
    await join(nodes);
    const scheme = certificates ? "rediss+cluster" : "redis+cluster";
    const url = `${scheme}://${nodes.map(({ urlPort }) => `127.0.0.1:${urlPort}`).join(",")}`;
    client = new Cluster(
      nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
      { redisOptions: { protocol: 2 }, retryDelayOnFailover: 200, maxRedirections: 100 },
    );
    client.on("error", () => {});
    const cluster = {
      ...{ url, client, stop },
      shardOf: shardOf(nodes),
      moveSlot: (key: string) => moveSlot(nodes, key),
      expectFailure: () => setNodeTimeout(nodes, IMPATIENT_NODE_TIMEOUT_MS),
      async stable() {
        await stable(nodes);
        await setNodeTimeout(nodes, NODE_TIMEOUT_MS);
      },
    };
    await cluster.stable();
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNode(certificates?: Certificates): Promise<ClusterNode> {
  const tlsPort = certificates && (await freePort());
  const server = await startRestartableRedis({
    "cluster-enabled": "yes",
    "cluster-port": String(await freePort()),
    "cluster-node-timeout": String(NODE_TIMEOUT_MS),
    "cluster-replica-validity-factor": "0",
    ...(certificates && {
      ...tlsSettings(certificates, tlsPort ?? 0),
      "tls-cluster": "yes",
      "tls-replication": "yes",
    }),
  });
  return { ...server, urlPort: tlsPort ?? server.port };
}

async function join(nodes: ClusterNode[]): Promise<void> {
  const first = nodes[0]!;
  for (const [index, { client }] of nodes.entries()) {
    await client.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    if (index >= MASTERS) continue;
    const range = [index, index + 1].map((share) => Math.floor((share * SLOTS) / MASTERS));
    await client.call("CLUSTER", "ADDSLOTSRANGE", range[0]!, range[1]! - 1);
  }
  const [, bus] = await first.client.config("GET", "cluster-port");
  for (const { client } of nodes.slice(1)) {
    await client.call("CLUSTER", "MEET", "127.0.0.1", first.urlPort, bus!);
  }
  const knowsAll = async ({ client }: ClusterNode) =>
    (await client.cluster("INFO")).includes(`cluster_known_nodes:${nodes.length}\r`);
  await every(nodes, knowsAll, "the nodes of the cluster to know each other");
  for (const [index, { client }] of nodes.slice(MASTERS).entries()) {
    const master = (await nodes[index]!.client.call("CLUSTER", "MYID")) as string;
    await client.call("CLUSTER", "REPLICATE", master);
  }
}

async function setNodeTimeout(nodes: ClusterNode[], milliseconds: number): Promise<void> {
  for (const { client } of nodes) await client.config("SET", "cluster-node-timeout", milliseconds);
}

function stable(nodes: ClusterNode[]): Promise<void> {
  const isSettled = async ({ client }: ClusterNode) => {
    const state = await client.cluster("INFO");
    const replication = await client.info("replication");
    const shards = await client.cluster("SLOTS");
    return (
      shards.length === MASTERS &&
      shards.every(([, , ...members]) => members.length === 2) &&
      state.includes("cluster_state:ok") &&
      /master_link_status:up|connected_slaves:1/.test(replication)
    );
  };
  return every(nodes, isSettled, "the cluster to be whole");
}

function shardOf(nodes: ClusterNode[]): RedisCluster["shardOf"] {
  return async (key) => {
    const slot = await nodes[0]!.client.cluster("KEYSLOT", key);
    for (const [start, end, ...members] of await nodes[0]!.client.cluster("SLOTS")) {
      if (slot < start || slot > end) continue;
      const [master, replica] = members.map(([, port]) => nodes.find((node) => node.port === port));
      if (master && replica) return { master, replica };
    }
    throw new Error(`No master and replica have the slot of ${key}`);
  };
}

async function every(
  nodes: ClusterNode[],
  condition: (node: ClusterNode) => Promise<boolean>,
  what: string,
): Promise<void> {
  await waitUntil(
    async () => {
      const holds = await Promise.all(nodes.map((node) => condition(node).catch(() => false)));
      return holds.every(Boolean);
    },
    { what, seconds: 120, every: 50 },
  );
}

async function moveSlot(nodes: ClusterNode[], key: string): Promise<SlotMove> {
  const { master: source } = await shardOf(nodes)(key);
  const slot = await source.client.cluster("KEYSLOT", key);
  const isOther = async (node: ClusterNode) =>
    node !== source && (await node.client.info("replication")).includes("role:master");
  const areOthers = await Promise.all(nodes.map(isOther));
  const target = nodes.find((_, index) => areOthers[index])!;
  const id = async ({ client }: ClusterNode) => (await client.call("CLUSTER", "MYID")) as string;
  const [from, to] = [await id(source), await id(target)];
  const setSlot = ({ client }: ClusterNode, ...words: string[]) =>
    client.call("CLUSTER", "SETSLOT", slot, ...words);
  await setSlot(target, "IMPORTING", from);
  await setSlot(source, "MIGRATING", to);
  return {
    async keys(names) {
      const place = ["127.0.0.1", target.port, "", 0, 5_000] as const;
      await source.client.call("MIGRATE", ...place, "KEYS", ...names);
    },
    async end() {
      for (const node of [target, source]) await setSlot(node, "NODE", to);
    },
  };
}
