import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault, PreparedFault } from "../fault";
import { startRedisSentinels, type RedisSentinels } from "../redis-sentinels";
import type { Stage } from "../stage";
import { loseWithMaster, type Failover } from "./failover";
import { caughtUp, isMaster, withoutTraffic } from "./replicas";

/** The Sentinels promote the replica: told to, which keeps the old master running, or because it was killed. */
async function failOver(
  stage: Stage,
  sentinels: RedisSentinels,
  how: "told" | "killed",
): Promise<void> {
  const { master, replica } = await sentinels.roles();
  await withoutTraffic(stage, async ({ answer, release }) => {
    await caughtUp(master.redis, stage.keys);
    if (how === "killed") await master.process.kill();
    else await sentinels.sentinel.call("SENTINEL", "FAILOVER", sentinels.master);
    await waitUntil(() => isMaster(replica.redis), { what: "the promotion", seconds: 60 });
    if (how === "killed") await master.process.start();
    // Until then it takes writes that it is going to lose.
    await waitUntil(async () => !(await isMaster(master.redis)), {
      what: "the old master to follow",
      seconds: 60,
    });
    await release();
    await answer;
  });
  await sentinels.settled();
}

/** The replica lags behind by a whole sync when the master is killed. */
async function loseClaim(stage: Stage, sentinels: RedisSentinels): Promise<void> {
  const { master, replica } = await sentinels.roles();
  const lossy: Failover = {
    async detach() {
      await caughtUp(master.redis, stage.keys);
      await master.redis.call("ACL", "SETUSER", "default", "-psync", "-sync");
      await master.redis.call("CLIENT", "KILL", "TYPE", "replica");
    },
    async switchOver() {
      await master.process.kill();
      await waitUntil(() => isMaster(replica.redis), { what: "the promotion", seconds: 60 });
    },
    async follow() {
      await master.process.start();
      await sentinels.settled();
    },
    redisUrl: () => sentinels.url,
  };
  await loseWithMaster(stage, lossy, stage.random.pick(["keep", "discard"]));
}

async function prepare(
  strike: (stage: Stage, sentinels: RedisSentinels) => Promise<void>,
): Promise<PreparedFault> {
  const sentinels = await startRedisSentinels();
  return {
    settings: { redisUrl: sentinels.url, suiteRedis: sentinels.client },
    strike: (stage) => strike(stage, sentinels),
    stop: () => sentinels.stop(),
  };
}

export const sentinelFaults: Fault[] = [
  {
    name: "sentinel-failover",
    what: "Three Sentinels: SENTINEL FAILOVER in mid-sync",
    rounds: 10,
    prepare: () => prepare((stage, sentinels) => failOver(stage, sentinels, "told")),
  },
  {
    name: "sentinel-kill",
    what: "Three Sentinels: SIGKILL of the master in mid-sync, the replica is promoted",
    rounds: 10,
    prepare: () => prepare((stage, sentinels) => failOver(stage, sentinels, "killed")),
  },
  {
    name: "sentinel-lag",
    what: "Three Sentinels: SIGKILL of the master while its replica lacks a claim; the admin decides",
    rounds: 10,
    prepare: () => prepare(loseClaim),
  },
];
