import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault, PreparedFault } from "../fault";
import { startRedisSentinels, type RedisSentinels } from "../redis-sentinels";
import type { System } from "../system";
import { loseWithMaster, type Failover } from "./failover";
import { caughtUp, isMaster, withoutTraffic } from "./replicas";

/** The Sentinels promote the replica. If they are asked to, the old master goes on running; else it was killed. */
async function failOver(
  system: System,
  sentinels: RedisSentinels,
  how: "asked" | "killed",
): Promise<void> {
  const { master, replica } = await sentinels.roles();
  await withoutTraffic(system, async ({ answer, release }) => {
    await caughtUp(master.client, system.keys);
    if (how === "killed") {
      await sentinels.expectFailure();
      await master.kill();
    } else await sentinels.sentinel.call("SENTINEL", "FAILOVER", sentinels.master);
    await waitUntil(() => isMaster(replica.client), { what: "the promotion", seconds: 120 });
    if (how === "killed") await master.start();
    // Until then the old master accepts writes that it is going to lose.
    await waitUntil(async () => !(await isMaster(master.client)), {
      what: "the old master to follow",
      seconds: 120,
    });
    await release();
    await answer;
  });
  await sentinels.stable();
}

/** The replica lags behind by a whole sync when the master is killed. */
async function loseClaim(system: System, sentinels: RedisSentinels): Promise<void> {
  const { master, replica } = await sentinels.roles();
  const lossy: Failover = {
    async detach() {
      await caughtUp(master.client, system.keys);
      await master.client.call("ACL", "SETUSER", "default", "-psync", "-sync");
      await master.client.call("CLIENT", "KILL", "TYPE", "replica");
    },
    async switchOver() {
      await sentinels.expectFailure();
      await master.kill();
      await waitUntil(() => isMaster(replica.client), { what: "the promotion", seconds: 120 });
    },
    async follow() {
      await master.start();
      await sentinels.stable();
    },
    redisUrl: () => sentinels.url,
  };
  await loseWithMaster(system, lossy, system.random.pick(["keep", "discard"]));
}

async function prepare(
  strike: (system: System, sentinels: RedisSentinels) => Promise<void>,
): Promise<PreparedFault> {
  const sentinels = await startRedisSentinels();
  return {
    settings: { redisUrl: sentinels.url, suiteRedis: sentinels.client },
    strike: (system) => strike(system, sentinels),
    stop: () => sentinels.stop(),
  };
}

export const sentinelFaults: Fault[] = [
  {
    name: "sentinel-failover",
    what: "Three Sentinels: SENTINEL FAILOVER in mid-sync",
    rounds: 10,
    prepare: () => prepare((system, sentinels) => failOver(system, sentinels, "asked")),
  },
  {
    name: "sentinel-kill",
    what: "Three Sentinels: SIGKILL of the master in mid-sync, the replica is promoted",
    rounds: 10,
    prepare: () => prepare((system, sentinels) => failOver(system, sentinels, "killed")),
  },
  {
    name: "sentinel-lag",
    what: "Three Sentinels: SIGKILL of the master while its replica lacks a claim; the admin decides",
    rounds: 10,
    prepare: () => prepare(loseClaim),
  },
];
