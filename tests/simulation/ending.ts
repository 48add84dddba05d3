import { setImmediate } from "node:timers/promises";
import type { SyncRequest } from "~/sync/engine/sync-engine";
import { readTarget, topicTarget } from "~/sync/target";
import { FOREIGN_MEMBERS } from "./events";
import type { Process } from "./process";
import { leftUndone } from "./promise";
import { LEASE_SECONDS, Violation, type World } from "./world";

/** After the faults: everything ends, and nothing is left over. */
export class Ending {
  constructor(private readonly world: World) {}

  /** No more faults: what is under way comes to its end, and what is late arrives. */
  async letFinish(): Promise<void> {
    this.world.trace.push("-- the faults stop");
    this.world.scheduler.faults = { rate: 0, kinds: [] };
    this.world.refuseForGood();
    this.world.scheduler.wakeAll();
    while (!this.world.scheduler.isIdle || this.world.scheduler.hasLate) {
      const isLate =
        this.world.scheduler.isIdle ||
        (this.world.scheduler.hasLate && this.world.random.chance(0.2));
      if (isLate) this.world.scheduler.stepLate();
      else this.world.scheduler.step();
      await this.world.check();
    }
  }

  /**
   * Two syncs of a new process, after the lease, leave nothing but what is refused for good. Once that
   * is mended, an admin's retry persists it too.
   */
  async expectNothingLeft(): Promise<void> {
    this.world.scheduler.now += 4_000 * LEASE_SECONDS;
    const { tables } = this.world.stores.postgres;
    const successor = this.world.startProcess();
    if (await this.world.stores.losses?.isRegressed()) await this.#endRegression(successor);
    await this.#syncUndisturbed(successor);
    await this.#syncUndisturbed(successor);
    const refused = [...this.world.refusedForGood.keys()].map(topicTarget);
    const isMalformed = (target: string) => readTarget(target).kind === "malformed";
    const left = leftUndone(
      this.world.stores,
      (target, attempts) =>
        isMalformed(target) || refused.includes(target) || attempts >= this.world.parkAfter,
    );
    const wrong = left ?? (await this.world.stores.losses?.unsaid());
    if (wrong !== undefined) throw new Violation(wrong);

    tables.refused.clear();
    const targets = [...this.world.topics.map(topicTarget), ...FOREIGN_MEMBERS];
    await this.#syncUndisturbed(successor, { trigger: "retry", actor: "admin", targets });
    const pending = leftUndone(this.world.stores, isMalformed);
    if (pending !== undefined) throw new Violation(`${pending}, although it was retried`);
  }

  /** A regressed Redis is refused, and an admin's decision ends that. */
  async #endRegression(process: Process): Promise<void> {
    const refused = await this.#undisturbed(process.sync());
    if (!refused?.failure?.includes("an admin has to decide")) {
      throw new Violation(`a regressed Redis was not refused: ${refused?.failure ?? "no failure"}`);
    }
    const choice = this.world.random.pick(["keep", "discard"] as const);
    this.world.scheduler.count(`in the end: ${choice}`);
    const decided = await this.#undisturbed(process.decide(choice));
    if (decided?.kind === "resolved") return;
    throw new Violation(`a regression stays after the decision: ${decided?.kind ?? "failed"}`);
  }

  async #syncUndisturbed(process: Process, request: Partial<SyncRequest> = {}): Promise<void> {
    this.world.trace.push(`-- a sync after the faults (${process.name})`);
    const outcome = await this.#undisturbed(process.sync(request));
    if (outcome && outcome.failure === undefined) return;
    throw new Violation(`a sync after the faults: ${outcome?.failure ?? "another run is active"}`);
  }

  async #undisturbed<T>(ended: Promise<T>): Promise<T> {
    await setImmediate();
    while (!this.world.scheduler.isIdle) {
      this.world.scheduler.step();
      await this.world.check();
    }
    return ended;
  }
}
