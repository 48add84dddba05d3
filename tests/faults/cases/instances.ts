import { checkStage } from "../check";
import type { Fault, PreparedFault } from "../fault";
import { breakSync, midSync } from "../mid-sync";
import type { FaultServers } from "../servers";
import { Stage } from "../stage";
import { killInMidSync } from "./process";

const INSTANCES = 3;

/** The one that syncs is killed while the others are asked to, and replaced; then all sync at once. */
async function killOneOfThree(stage: Stage): Promise<void> {
  await breakSync(stage, async () => {
    const syncing = stage.app;
    const others = stage.apps.filter((app) => app !== syncing);
    const answers = Promise.all(others.map((app) => stage.sync(app)));
    await stage.moment(5);
    await stage.killApp(syncing);
    stage.app = stage.random.pick(others);
    await answers;
    await stage.startApp();
  });
  await Promise.all(stage.apps.map((app) => stage.sync(app)));
}

/** Two DAOs on the same servers, with the same topics: one's process is killed while both are in mid-sync. */
async function prepareNeighbour(servers: FaultServers): Promise<PreparedFault> {
  const neighbour = await Stage.open({ servers, seed: 1 });
  return {
    settings: {},
    async strike(stage) {
      neighbour.traffic.start();
      neighbour.readers.start();
      const { answer, release } = await midSync(neighbour);
      await killInMidSync(stage);
      await release();
      await answer;
      await neighbour.traffic.stop();
      await neighbour.syncAll();
      await neighbour.readers.stop();
      const { problems } = await checkStage(neighbour);
      if (problems.length > 0) throw new Error(`The other DAO: ${problems.join("\n")}`);
    },
    stop: () => neighbour.close(),
  };
}

export const instanceFaults: Fault[] = [
  {
    name: "three-instances",
    what: "Three processes behind a load balancer, a sync on each at once, SIGKILL of the one that syncs",
    stage: { instances: INSTANCES },
    strike: killOneOfThree,
  },
  {
    name: "two-daos",
    what: "Two DAOs on the same servers, both in mid-sync, SIGKILL of one's process",
    rounds: 10,
    prepare: prepareNeighbour,
  },
];
