import { topicTarget } from "~/sync/target";
import type { Process } from "./process";
import { addTo } from "./in-memory-redis";
import { keys, type Stores } from "./promise";
import { LEASE_SECONDS, REFUSALS, type World } from "./world";

/** Not topics that may have views under an older name, because readers do not see those. */
const READ_TOPICS = ["a", "b"];
/** What older versions and other programs may have left in the overlay. */
const FOREIGN_MEMBERS = ["topic:c", "topic:d", "post:1", "nonsense"];
/** More topics than fit into one window of the engine, with chunks of one target. */
export const MANY_TOPICS = 12;

/** What happens while faults do: one event after the other, as the seed draws them. */
export async function act(world: World): Promise<void> {
  const { random, scheduler, stores, visitors } = world;
  const { hasReady, hasLate, hasStalled, canSendAgain } = scheduler;
  const process = random.pick(world.alive);
  const { losses } = stores;
  const event = random.weighted({
    step: hasReady ? 60 : 0,
    view: 8,
    read: 3,
    sync: hasReady ? 5 : 20,
    "late arrival": hasLate ? 10 : 0,
    "sent again": canSendAgain ? 6 : 0,
    crowd: world.topics.length > MANY_TOPICS ? 4 : 0,
    retry: 2.5,
    discard: 1.5,
    "take off": 1,
    "foreign member": 1,
    "short wait": 3,
    "lease over": hasStalled ? 6 : 0.5,
    crash: 1.2,
    "graceful stop": 0.4,
    "constraint moves": 0.6,
    "replica stops following": losses?.mayStopFollowing ? 5 : 0,
    "redis loses writes": losses?.canHappen ? 1.6 : 0,
    decision: losses?.kind === "failover" && losses.hasHappened ? 2 : 0,
  });
  if (event !== "step") {
    world.trace.push(`-- ${event} (${process.name})`);
    scheduler.count(event);
  }
  switch (event) {
    case "step":
      return scheduler.step();
    case "view":
      return void visitors.view(random.pick(world.topics));
    case "read":
      return void visitors.read(random.pick(READ_TOPICS));
    case "sync":
      return void process.sync(random.pick([{}, { trigger: "flush", actor: "admin" }]));
    case "late arrival":
      return scheduler.stepLate();
    case "sent again":
      return scheduler.sendAgain();
    case "crowd":
      return visitors.crowd(random.some(world.topics, 0.7));
    case "retry": {
      const request = { trigger: "retry" as const, actor: "admin" };
      return void process.sync({ ...request, targets: random.some(targetsOf(world), 0.5) });
    }
    case "discard":
      return void process.discard(random.some(targetsOf(world), 0.4));
    case "take off":
      return void process.takeOff(random.pick(world.topics), 1 + random.below(3));
    case "foreign member":
      return writeForeign(stores, random.pick(FOREIGN_MEMBERS), 1 + random.below(3));
    case "short wait":
      scheduler.now += 1_000 * (1 + random.below(15));
      return;
    case "lease over":
      scheduler.now += 1_100 * LEASE_SECONDS;
      return;
    case "crash":
      process.crash();
      world.startProcess();
      return;
    case "graceful stop":
      process.stop();
      world.startProcess();
      return;
    case "constraint moves": {
      const { refused } = stores.postgres.tables;
      refused.clear();
      for (const topic of random.some(world.topics, random.pick([0.3, 1]))) {
        refused.set(topic, random.pick(REFUSALS));
      }
      return;
    }
    case "replica stops following":
      return losses?.stopFollowing();
    case "redis loses writes":
      return loseWrites(world);
    case "decision":
      return void decide(world, process, random.pick(["keep", "discard"]));
  }
}

/** Everything that an admin could choose. */
export function targetsOf({ topics }: World): string[] {
  return [...topics.map(topicTarget), ...FOREIGN_MEMBERS];
}

/** Runs that were taken over, and what was on its way, end with the server that is gone. */
async function loseWrites(world: World): Promise<void> {
  const { runs } = world.stores.postgres.tables;
  for (const process of world.processes) {
    const isTakenOver = runs.some(
      ({ id, status }) => status !== "running" && process.activeRuns.has(id),
    );
    if (!isTakenOver) continue;
    process.crash();
    if (world.alive.length < 2) world.startProcess();
  }
  world.scheduler.forgetSent("redis");
  await world.stores.losses?.happen();
}

/** Nobody is asked unless Redis is regressed, but a form may be sent late. */
async function decide(world: World, process: Process, choice: "keep" | "discard"): Promise<void> {
  const outcome = await process.decide(choice);
  world.trace.push(`${process.name} decided: ${choice}, ${outcome?.kind ?? "failed"}`);
}

function writeForeign({ redis, written }: Stores, member: string, views: number): void {
  redis.write(keys.overlay, views, member);
  addTo(written, member, views);
}
