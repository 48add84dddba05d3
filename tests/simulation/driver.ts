import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { expectNothingLeft, letFinish } from "./ending";
import { act } from "./events";
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
  const { trace, steps } = world;
  const digest = createHash("sha256").update(trace.join("\n")).digest("hex");
  return { seed, steps, violation: broken, trace, digest, counts: world.scheduler.counts };
}

async function run(world: World): Promise<void> {
  for (let index = 0; index < 2; index += 1) world.startProcess();
  const length = 60 + world.random.below(240);
  while (world.steps < length) {
    await act(world);
    await world.check();
  }
  await letFinish(world);
  await expectNothingLeft(world);
}
