import { checkSystem } from "../check";
import type { Fault, PreparedFault } from "../fault";
import { breakSync, midSync } from "../mid-sync";
import type { FaultServers } from "../servers";
import { System } from "../system";
import { killInMidSync } from "./process";

const INSTANCES = 3;

/**
 * The process that syncs is killed while the others are asked to sync, and replaced; then all sync at once.
 */
async function killOneOfThree(system: System): Promise<void> {
  await breakSync(system, async () => {
    const syncing = system.app;
    const others = system.apps.filter((app) => app !== syncing);
    const answers = Promise.all(others.map((app) => system.sync(app)));
    await system.moment(5);
    await system.killApp(syncing);
    system.app = system.random.pick(others);
    await answers;
    await system.startApp();
  });
  await Promise.all(system.apps.map((app) => system.sync(app)));
}

/** Two DAOs on the same servers, with the same topics: one's process is killed while both are in mid-sync. */
async function prepareNeighbour(servers: FaultServers): Promise<PreparedFault> {
  const neighbour = await System.open({ servers, seed: 1 });
  return {
    async strike(system) {
      neighbour.traffic.start();
      neighbour.readers.start();
      const { answer, release } = await midSync(neighbour);
      await killInMidSync(system);
      await release();
      await answer;
      await neighbour.traffic.stop();
      await neighbour.syncAll();
      await neighbour.readers.stop();
      const { problems } = await checkSystem(neighbour);
      if (problems.length > 0) throw new Error(`The other DAO: ${problems.join("\n")}`);
    },
    stop: () => neighbour.close(),
  };
}

export const instanceFaults: Fault[] = [
  {
    name: "three-instances",
    what: "Three processes behind a load balancer, a sync on each at once, SIGKILL of the one that syncs",
    settings: { instances: INSTANCES },
    strike: killOneOfThree,
  },
  {
    name: "two-daos",
    what: "Two DAOs on the same servers, both in mid-sync, SIGKILL of one's process",
    rounds: 10,
    prepare: prepareNeighbour,
  },
];
