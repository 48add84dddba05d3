import { setImmediate } from "node:timers/promises";
import type { SyncRequest } from "~/sync/postgres/postgres-ledger.server";
import { readTarget, topicTarget } from "~/sync/target";
import { targetsOf } from "./events";
import type { Process } from "./process";
import { leftUndone } from "./promise";
import { LEASE_SECONDS, Violation, type World } from "./world";

/** No more faults: what is under way comes to its end, and what is late arrives. */
export async function letFinish(world: World): Promise<void> {
  world.trace.push("-- the faults stop");
  world.scheduler.faults = { rate: 0, kinds: [] };
  world.refuseForGood();
  world.scheduler.wakeAll();
  while (!world.scheduler.isIdle || world.scheduler.hasLate) {
    const isLate = world.scheduler.isIdle || (world.scheduler.hasLate && world.random.chance(0.2));
    if (isLate) world.scheduler.stepLate();
    else world.scheduler.step();
    await world.check();
  }
}

/**
 * Two syncs of a new process, after the lease, leave nothing but what is refused for good. Once that
 * is mended, an admin's retry persists it too.
 */
export async function expectNothingLeft(world: World): Promise<void> {
  world.scheduler.now += 4_000 * LEASE_SECONDS;
  const { tables } = world.stores.postgres;
  const successor = world.startProcess();
  if (await world.stores.losses?.isRegressed()) await endRegression(world, successor);
  await syncUndisturbed(world, successor);
  await syncUndisturbed(world, successor);
  const refused = [...world.refusedForGood.keys()].map(topicTarget);
  const isMalformed = (target: string) => readTarget(target).kind === "malformed";
  const left = leftUndone(
    world.stores,
    (target, attempts) =>
      isMalformed(target) || refused.includes(target) || attempts >= world.syncOptions.parkAfter,
  );
  const wrong = left ?? (await world.stores.losses?.unsaid());
  if (wrong !== undefined) throw new Violation(wrong);

  tables.refused.clear();
  const targets = targetsOf(world);
  await syncUndisturbed(world, successor, { trigger: "retry", actor: "admin", targets });
  const pending = leftUndone(world.stores, isMalformed);
  if (pending !== undefined) throw new Violation(`${pending}, although it was retried`);
}

/** A regressed Redis is refused, and an admin's decision ends that. */
async function endRegression(world: World, process: Process): Promise<void> {
  const refused = await undisturbed(world, process.sync());
  if (!refused?.failure?.includes("an admin has to decide")) {
    throw new Violation(`a regressed Redis was not refused: ${refused?.failure ?? "no failure"}`);
  }
  const choice = world.random.pick(["keep", "discard"] as const);
  world.scheduler.count(`in the end: ${choice}`);
  const decided = await undisturbed(world, process.decide(choice));
  if (decided?.kind === "resolved") return;
  throw new Violation(`a regression stays after the decision: ${decided?.kind ?? "failed"}`);
}

async function syncUndisturbed(
  world: World,
  process: Process,
  request: Partial<SyncRequest> = {},
): Promise<void> {
  world.trace.push(`-- a sync after the faults (${process.name})`);
  const outcome = await undisturbed(world, process.sync(request));
  if (outcome && outcome.failure === undefined) return;
  throw new Violation(`a sync after the faults: ${outcome?.failure ?? "another run is active"}`);
}

async function undisturbed<T>(world: World, ended: Promise<T>): Promise<T> {
  await setImmediate();
  while (!world.scheduler.isIdle) {
    world.scheduler.step();
    await world.check();
  }
  return ended;
}
