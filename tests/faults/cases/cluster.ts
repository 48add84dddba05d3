import type { Redis } from "ioredis";
import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault, PreparedFault } from "../fault";
import { midSync } from "../mid-sync";
import { startRedisCluster, type RedisCluster } from "../redis-cluster";
import type { Stage } from "../stage";
import { caughtUp, isMaster, withoutTraffic } from "./replicas";

/** Milliseconds after which Redis gives up a failover by arrangement, and somebody has to ask again. */
const ARRANGEMENT = 5_000;

async function takeOver(replica: Redis): Promise<void> {
  let asked = -Infinity;
  const hasTakenOver = async () => {
    if (await isMaster(replica)) return true;
    if (performance.now() - asked < ARRANGEMENT) return false;
    await replica.call("CLUSTER", "FAILOVER");
    asked = performance.now();
    return false;
  };
  await waitUntil(hasTakenOver, { what: "the failover", seconds: 60 });
}

/** The replica takes over by arrangement with its master, under traffic: nothing that was acknowledged is lost. */
async function handOver(stage: Stage, cluster: RedisCluster): Promise<void> {
  const { replica } = await cluster.shardOf(stage.keys.overlay);
  const { answer, release } = await midSync(stage);
  await stage.moment(10);
  await takeOver(replica.redis);
  await release();
  await answer;
  await cluster.settled();
}

/** The master is killed with a chunk in flight, once the replica has all that was acknowledged. */
async function killMaster(stage: Stage, cluster: RedisCluster): Promise<void> {
  const { master, replica } = await cluster.shardOf(stage.keys.overlay);
  await withoutTraffic(stage, async ({ answer, release }) => {
    await caughtUp(master.redis, stage.keys);
    await master.process.kill();
    await release();
    await answer;
    await waitUntil(() => isMaster(replica.redis), { what: "the failover", seconds: 60 });
  });
  await master.process.start();
  await cluster.settled();
}

async function prepare(
  strike: (stage: Stage, cluster: RedisCluster) => Promise<void>,
): Promise<PreparedFault> {
  const cluster = await startRedisCluster();
  return {
    settings: { redisUrl: cluster.url, suiteRedis: cluster.client },
    strike: (stage) => strike(stage, cluster),
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
