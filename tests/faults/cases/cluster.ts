import type { Redis } from "ioredis";
import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault, PreparedFault } from "../fault";
import { midSync } from "../mid-sync";
import { startRedisCluster, type RedisCluster } from "../redis-cluster";
import type { System } from "../system";
import { caughtUp, isMaster, withoutTraffic } from "./replicas";

/** After this time Redis gives up a manual failover, which then has to be asked for again. */
const MANUAL_FAILOVER_MS = 5_000;

async function takeOver(replica: Redis): Promise<void> {
  let asked = -Infinity;
  const hasTakenOver = async () => {
    if (await isMaster(replica)) return true;
    if (performance.now() - asked < MANUAL_FAILOVER_MS) return false;
    await replica.call("CLUSTER", "FAILOVER");
    asked = performance.now();
    return false;
  };
  await waitUntil(hasTakenOver, { what: "the failover", seconds: 120 });
}

/** The replica takes over by arrangement with its master, under traffic: nothing that was acknowledged is lost. */
async function handOver(system: System, cluster: RedisCluster): Promise<void> {
  const { replica } = await cluster.shardOf(system.keys.overlay);
  const { answer, release } = await midSync(system);
  await system.moment(10);
  await takeOver(replica.client);
  await release();
  await answer;
  await cluster.stable();
}

/** The master is killed with a chunk in flight, once the replica has all that was acknowledged. */
async function killMaster(system: System, cluster: RedisCluster): Promise<void> {
  const { master, replica } = await cluster.shardOf(system.keys.overlay);
  await withoutTraffic(system, async ({ answer, release }) => {
    await caughtUp(master.client, system.keys);
    await cluster.expectFailure();
    await master.kill();
    await release();
    await answer;
    await waitUntil(() => isMaster(replica.client), { what: "the failover", seconds: 120 });
  });
  await master.start();
  await cluster.stable();
}

async function prepare(
  strike: (system: System, cluster: RedisCluster) => Promise<void>,
): Promise<PreparedFault> {
  const cluster = await startRedisCluster();
  return {
    settings: { redisUrl: cluster.url, suiteRedis: cluster.client },
    strike: (system) => strike(system, cluster),
    stop: () => cluster.stop(),
  };
}

export const clusterFaults: Fault[] = [
  {
    name: "cluster-failover",
    what: "Redis Cluster, three masters with replicas: CLUSTER FAILOVER in mid-sync",
    prepare: () => prepare(handOver),
  },
  {
    name: "cluster-kill",
    what: "Redis Cluster: SIGKILL of the master in mid-sync, its replica takes over",
    rounds: 10,
    prepare: () => prepare(killMaster),
  },
];
