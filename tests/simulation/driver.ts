import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Ending } from "./ending";
import { Events } from "./events";
import { Violation, World, type SimulationOptions } from "./world";

export interface Simulation {
  seed: number;
  steps: number;
  /** What broke the promise; undefined when nothing did. */
  violation: string | undefined;
  trace: string[];
  /** A digest of the whole trace: equal for equal schedules. */
  digest: string;
  /** Kind of fault or event → how often. */
  counts: Map<string, number>;
}

/** Runs one schedule, which follows from the seed alone. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Simulation> {
  // The steps of a schedule do not yield to timers and messages, so this does.
  await setImmediate();
  const world = new World(seed, options);
  let broken: string | undefined;
  try {
    await run(world);
  } catch (error) {
    broken = error instanceof Violation ? error.message : String((error as Error).stack);
  }
  const { trace, steps, counts } = world;
  const digest = createHash("sha256").update(trace.join("\n")).digest("hex");
  return { seed, steps, violation: broken, trace, digest, counts };
}

async function run(world: World): Promise<void> {
  for (let index = 0; index < 2; index += 1) world.startProcess();
  const length = 60 + world.random.below(240);
  const events = new Events(world);
  while (world.steps < length) {
    await events.act();
    await world.check();
  }
  const ending = new Ending(world);
  await ending.letFinish();
  await ending.expectNothingLeft();
}
