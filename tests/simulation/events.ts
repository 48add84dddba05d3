import { topicTarget } from "~/sync/target";
import type { Process } from "./process";
import { keys } from "./promise";
import { REFUSALS } from "./refusals";
import { LEASE_SECONDS, type World } from "./world";

/** Not topics that may have views under an older name, because readers do not see those. */
const READ_TOPICS = ["a", "b"];
/** What older versions and other programs may have left in the overlay. */
export const FOREIGN_MEMBERS = ["topic:c", "topic:d", "post:1", "nonsense"];
/** More topics than fit into one window of the engine, with chunks of one target. */
export const MANY_TOPICS = 12;

/** What happens while faults do: one event after the other, as the seed draws them. */
export class Events {
  constructor(private readonly world: World) {}

  async act(): Promise<void> {
    const { hasReady, hasLate, hasStalled, canSendAgain } = this.world.scheduler;
    const random = this.world.random;
    const process = random.pick(this.world.alive);
    const { losses } = this.world.stores;
    const event = random.weighted({
      step: hasReady ? 60 : 0,
      view: 8,
      read: 3,
      sync: hasReady ? 5 : 20,
      "late arrival": hasLate ? 10 : 0,
      "sent again": canSendAgain ? 6 : 0,
      crowd: this.world.topics.length > MANY_TOPICS ? 4 : 0,
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
      this.world.trace.push(`-- ${event} (${process.name})`);
      this.world.scheduler.count(event);
    }
    switch (event) {
      case "step":
        return this.world.scheduler.step();
      case "view":
        return void this.world.visitors.view(random.pick(this.world.topics));
      case "read":
        return void this.world.visitors.read(random.pick(READ_TOPICS));
      case "sync":
        return void process.sync(random.pick([{}, { trigger: "flush", actor: "admin" }]));
      case "late arrival":
        return this.world.scheduler.stepLate();
      case "sent again":
        return this.world.scheduler.sendAgain();
      case "crowd":
        return this.world.visitors.crowd(random.some(this.world.topics, 0.7));
      case "retry": {
        const request = { trigger: "retry" as const, actor: "admin" };
        return void process.sync({ ...request, targets: random.some(this.#targets, 0.5) });
      }
      case "discard":
        return void process.discard(random.some(this.#targets, 0.4));
      case "take off":
        return void process.takeOff(random.pick(this.world.topics), 1 + random.below(3));
      case "foreign member":
        return this.#writeForeign(random.pick(FOREIGN_MEMBERS), 1 + random.below(3));
      case "short wait":
        this.world.scheduler.now += 1_000 * (1 + random.below(15));
        return;
      case "lease over":
        this.world.scheduler.now += 1_100 * LEASE_SECONDS;
        return;
      case "crash":
        process.crash();
        this.world.startProcess();
        return;
      case "graceful stop":
        process.stop();
        this.world.startProcess();
        return;
      case "constraint moves": {
        const { refused } = this.world.stores.postgres.tables;
        refused.clear();
        for (const topic of random.some(this.world.topics, random.pick([0.3, 1]))) {
          refused.set(topic, random.pick(REFUSALS));
        }
        return;
      }
      case "replica stops following":
        return losses?.stopFollowing();
      case "redis loses writes":
        return this.#loseWrites();
      case "decision":
        return void this.#decide(process, random.pick(["keep", "discard"]));
    }
  }

  get #targets(): string[] {
    return [...this.world.topics.map(topicTarget), ...FOREIGN_MEMBERS];
  }

  /** Runs that were taken over, and what was on its way, end with the server that is gone. */
  async #loseWrites(): Promise<void> {
    const { runs } = this.world.stores.postgres.tables;
    for (const process of this.world.processes) {
      const isTakenOver = runs.some(
        ({ id, status }) => status !== "running" && process.activeRuns.has(id),
      );
      if (!isTakenOver) continue;
      process.crash();
      if (this.world.alive.length < 2) this.world.startProcess();
    }
    this.world.scheduler.forgetSent("redis");
    await this.world.stores.losses?.happen();
  }

  /** Nobody is asked unless Redis is regressed, but a form may be sent late. */
  async #decide(process: Process, choice: "keep" | "discard"): Promise<void> {
    const outcome = await process.decide(choice);
    this.world.trace.push(`${process.name} decided: ${choice}, ${outcome?.kind ?? "failed"}`);
  }

  #writeForeign(member: string, views: number): void {
    this.world.stores.redis.write(keys.overlay, views, member);
    this.world.stores.written.set(member, (this.world.stores.written.get(member) ?? 0) + views);
  }
}
