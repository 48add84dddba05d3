import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { topicTarget } from "~/modules/view-tracking/target";
import type { PostgresGuard } from "./postgres-statements";
import { PostgresTwin } from "./postgres-twin";
import type { SyncRequest } from "~/modules/view-sync/sync-engine";
import { Losses } from "./losses";
import { Process, type PortWrapper } from "./process";
import { keys, leftUndone, unpersisted, violation, type Stores } from "./promise";
import { Random } from "./random";
import type { RedisGuard } from "./redis-scripts";
import { RedisTwin } from "./redis-twin";
import { FAULTS, Scheduler, type FaultPlan } from "./scheduler";
import { Visitors } from "./visitors";

export interface SimulationOptions {
  /** Guards to take away, for tests of the checker. */
  redisWithout?: RedisGuard[];
  postgresWithout?: PostgresGuard[];
  wrapPorts?: PortWrapper;
  /** Instead of what the seed draws, so that such a test finds its case soon. */
  faults?: FaultPlan;
  topics?: string[];
  /** False: Redis keeps what it acknowledged, in every world. */
  mayLoseWrites?: boolean;
}

export interface Simulation {
  seed: number;
  steps: number;
  /** What broke the promise; undefined when nothing did. */
  violation: string | undefined;
  trace: string[];
  /** Of the whole trace: equal for equal schedules. */
  digest: string;
  /** Kind of fault or event → how often. */
  counts: Map<string, number>;
}

const LEASE_SECONDS = 30;
/** Few topics meet each other's faults more often; many share a chunk. */
const TOPIC_SETS = [["a"], ["a", "c"], ["a", "b", "c", "d"]];
/** Nobody discards these, so that their counts must never go back. */
const READ_TOPICS = ["a", "b"];
/** What older versions and other programs may have left in the overlay. */
const FOREIGN_MEMBERS = ["topic:c", "topic:d", "post:1", "nonsense"];

class Violation extends Error {}

/** Runs one schedule, which follows from the seed alone. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Simulation> {
  const world = new World(seed, options);
  let broken: string | undefined;
  try {
    await world.run();
  } catch (error) {
    broken = error instanceof Violation ? error.message : String((error as Error).stack);
  }
  const { trace, steps, counts } = world;
  const digest = createHash("sha256").update(trace.join("\n")).digest("hex");
  return { seed, steps, violation: broken, trace, digest, counts };
}

class World {
  readonly trace: string[] = [];
  steps = 0;
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #stores: Stores;
  readonly #visitors: Visitors;
  readonly #options: SimulationOptions;
  readonly #syncOptions;
  readonly #topics: string[];
  readonly #refusedForGood: string[];
  readonly #processes: Process[] = [];
  #started = 0;
  #problem: string | undefined;
  #checkedVersion = -1;

  constructor(seed: number, options: SimulationOptions) {
    const random = new Random(seed);
    this.#random = random;
    this.#options = options;
    const log = (line: string) => this.trace.push(line);
    this.#scheduler = new Scheduler(random, LEASE_SECONDS, log);
    const now = () => this.#scheduler.now;
    this.#stores = {
      redis: new RedisTwin({ now, without: options.redisWithout ?? [] }),
      postgres: new PostgresTwin({ now, without: options.postgresWithout ?? [] }),
      written: new Map(),
      endedRuns: new Map(),
    };
    // Most worlds keep what they acknowledged: there the whole promise is checked.
    const loss = random.pick([undefined, undefined, undefined, "wipe", "failover"] as const);
    if (loss && options.mayLoseWrites !== false) {
      this.#stores.losses = new Losses(loss, this.#stores);
    }
    this.#visitors = new Visitors({
      stores: this.#stores,
      scheduler: this.#scheduler,
      random,
      onViolation: (problem) => this.#report(problem),
    });
    // Each schedule draws its own mix: with every kind of fault in each, some would hide others.
    const drawn = { rate: random.pick([0, 0.03, 0.1, 0.25]), kinds: random.some(FAULTS, 0.6) };
    this.#scheduler.faults = options.faults ?? drawn;
    this.#topics = options.topics ?? random.pick(TOPIC_SETS);
    this.#syncOptions = {
      chunkSize: random.pick([1, 2, 3, 50]),
      leaseSeconds: LEASE_SECONDS,
      parkAfter: random.pick([1, 2, 3]),
      maxSeconds: random.pick([undefined, undefined, 3]),
    };
    this.#refusedForGood = random.chance(0.3) ? [random.pick(this.#topics)] : [];
    for (const topic of this.#refusedForGood) this.#stores.postgres.tables.refused.add(topic);
  }

  get counts(): Map<string, number> {
    return this.#scheduler.counts;
  }

  async run(): Promise<void> {
    for (let index = 0; index < 2; index += 1) this.#startProcess();
    const length = 60 + this.#random.below(240);
    while (this.steps < length) {
      await this.#act();
      await this.#check();
    }
    await this.#letFinish();
    await this.#expectNothingLeft();
  }

  #startProcess(): Process {
    this.#started += 1;
    const process = new Process({
      name: `process ${this.#started}`,
      stores: this.#stores,
      scheduler: this.#scheduler,
      options: this.#syncOptions,
      wrapPorts: this.#options.wrapPorts,
      log: (line) => this.trace.push(line),
      onUnexpected: (problem) => this.#report(problem),
    });
    this.#processes.push(process);
    return process;
  }

  get #discardable(): string[] {
    return this.#topics.filter((topic) => !READ_TOPICS.includes(topic)).map(topicTarget);
  }

  get #alive(): Process[] {
    return this.#processes.filter(({ isAlive }) => isAlive);
  }

  async #act(): Promise<void> {
    const { hasReady, hasLate, hasStalled, canSendAgain } = this.#scheduler;
    const random = this.#random;
    const process = random.pick(this.#alive);
    const { losses } = this.#stores;
    const canLose = losses?.canHappen && this.#isNothingHalfDiscarded;
    const event = random.weighted({
      step: hasReady ? 60 : 0,
      view: 8,
      read: 3,
      sync: hasReady ? 5 : 20,
      "late arrival": hasLate ? 10 : 0,
      "sent again": canSendAgain ? 6 : 0,
      "chosen targets": 2.5,
      discard: 2,
      "foreign member": 1,
      "short wait": 3,
      "lease over": hasStalled ? 6 : 0.5,
      crash: 1.2,
      "graceful stop": 0.4,
      "constraint moves": 0.6,
      "replica stops following": losses?.mayStopFollowing ? 5 : 0,
      "redis loses writes": canLose ? 1.6 : 0,
      decision: losses?.kind === "failover" && losses.hasHappened ? 2 : 0,
    });
    if (event !== "step") {
      this.trace.push(`-- ${event} (${process.name})`);
      this.#scheduler.count(event);
    }
    switch (event) {
      case "step":
        return this.#scheduler.step();
      case "view":
        return void this.#visitors.view(random.pick(this.#topics));
      case "read":
        return void this.#visitors.read(random.pick(READ_TOPICS));
      case "sync":
        return void process.sync();
      case "late arrival":
        return this.#scheduler.stepLate();
      case "sent again":
        return this.#scheduler.sendAgain();
      case "chosen targets": {
        const targets = random.some([...this.#topics.map(topicTarget), "post:1"], 0.5);
        return void process.sync({ trigger: "retry", actor: "admin", targets });
      }
      case "discard": {
        const targets = random.some(this.#discardable, 0.7);
        return void process.discard(targets, random.pick(["overlay", "parked"]));
      }
      case "foreign member":
        return this.#writeForeign(random.pick(FOREIGN_MEMBERS), 1 + random.below(3));
      case "short wait":
        this.#scheduler.now += 1_000 * (1 + random.below(15));
        return;
      case "lease over":
        this.#scheduler.now += 1_100 * LEASE_SECONDS;
        return;
      case "crash":
        process.crash();
        this.#startProcess();
        return;
      case "graceful stop":
        process.stop();
        this.#startProcess();
        return;
      case "constraint moves": {
        const { refused } = this.#stores.postgres.tables;
        refused.clear();
        for (const topic of random.some(this.#topics, 0.3)) refused.add(topic);
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

  get #isNothingHalfDiscarded(): boolean {
    const { redis, postgres } = this.#stores;
    const fields = [...(redis.data.hashes.get(keys.totals)?.keys() ?? [])];
    return (
      this.#processes.every((process) => !process.isAlive || !process.isDiscarding) &&
      !fields.some((field) => field.startsWith("discard:")) &&
      postgres.tables.discards.every(({ status }) => status === "booked")
    );
  }

  /** Runs that were taken over, and what was on its way, end with the server that is gone. */
  async #loseWrites(): Promise<void> {
    const { runs } = this.#stores.postgres.tables;
    for (const process of this.#processes) {
      const isTakenOver = runs.some(
        ({ id, status }) => status !== "running" && process.activeRuns.has(id),
      );
      if (!isTakenOver) continue;
      process.crash();
      if (this.#alive.length < 2) this.#startProcess();
    }
    this.#scheduler.forgetSent("redis");
    await this.#stores.losses?.happen();
  }

  /** Nobody is asked unless Redis is regressed, but a form may be sent late. */
  async #decide(process: Process, choice: "keep" | "discard"): Promise<void> {
    const { losses } = this.#stores;
    if (choice === "keep" && (await losses?.isRegressed())) losses?.kept();
    const outcome = await process.decide(choice);
    this.trace.push(`${process.name} decided: ${choice}, ${outcome?.kind ?? "failed"}`);
  }

  #writeForeign(member: string, views: number): void {
    this.#stores.redis.write(keys.overlay, views, member);
    this.#stores.written.set(member, (this.#stores.written.get(member) ?? 0) + views);
  }

  #report(problem: string): void {
    this.#problem ??= problem;
  }

  /** Lets everybody run up to the next call that the scheduler holds, and looks whether all is well. */
  async #check(): Promise<void> {
    this.steps += 1;
    await setImmediate();
    const { redis, postgres } = this.#stores;
    const version = redis.version + postgres.version;
    const hasChanged = version !== this.#checkedVersion;
    this.#checkedVersion = version;
    const broken = this.#problem ?? (hasChanged ? await violation(this.#stores) : undefined);
    if (broken !== undefined) throw new Violation(broken);
  }

  /** No more faults: what is under way comes to its end, and what is late arrives. */
  async #letFinish(): Promise<void> {
    this.trace.push("-- the faults stop");
    this.#scheduler.faults = { rate: 0, kinds: [] };
    const { refused } = this.#stores.postgres.tables;
    refused.clear();
    for (const topic of this.#refusedForGood) refused.add(topic);
    this.#scheduler.wakeAll();
    while (!this.#scheduler.isIdle || this.#scheduler.hasLate) {
      const isLate =
        this.#scheduler.isIdle || (this.#scheduler.hasLate && this.#random.chance(0.2));
      if (isLate) this.#scheduler.stepLate();
      else this.#scheduler.step();
      await this.#check();
    }
  }

  /**
   * Two syncs of a new process, after the lease, leave nothing but what is refused for good. Once that
   * is mended, an admin's retry persists it too.
   */
  async #expectNothingLeft(): Promise<void> {
    this.#scheduler.now += 4_000 * LEASE_SECONDS;
    const { tables } = this.#stores.postgres;
    const successor = this.#startProcess();
    if (await this.#stores.losses?.isRegressed()) await this.#endRegression(successor);
    await this.#syncUndisturbed(successor);
    await this.#syncUndisturbed(successor);
    const foreign = FOREIGN_MEMBERS.filter((member) => !member.startsWith("topic:"));
    const refused = this.#refusedForGood.map(topicTarget);
    const left = leftUndone(this.#stores, (target) => [...foreign, ...refused].includes(target));
    const wrong = left ?? (await this.#stores.losses?.unsaid());
    if (wrong !== undefined) throw new Violation(wrong);

    tables.refused.clear();
    const targets = [...this.#topics, "c", "d"].map(topicTarget);
    await this.#syncUndisturbed(successor, { trigger: "retry", actor: "admin", targets });
    const pending = unpersisted(this.#stores, (target) => foreign.includes(target));
    if (pending !== undefined) throw new Violation(`${pending}, although it was retried`);
  }

  /** A regressed Redis is refused, and an admin's decision ends that. */
  async #endRegression(process: Process): Promise<void> {
    const { losses } = this.#stores;
    const refused = await this.#undisturbed(process.sync());
    if (!refused?.failure?.includes("an admin has to decide")) {
      throw new Violation(`a regressed Redis was not refused: ${refused?.failure ?? "no failure"}`);
    }
    const choice = this.#random.pick(["keep", "discard"] as const);
    if (choice === "keep") losses?.kept();
    this.#scheduler.count(`in the end: ${choice}`);
    const decided = await this.#undisturbed(process.decide(choice));
    if (decided?.kind === "resolved") return;
    throw new Violation(`a regression stays after the decision: ${decided?.kind ?? "failed"}`);
  }

  async #syncUndisturbed(process: Process, request: Partial<SyncRequest> = {}): Promise<void> {
    this.trace.push(`-- a sync after the faults (${process.name})`);
    const outcome = await this.#undisturbed(process.sync(request));
    if (outcome && outcome.failure === undefined) return;
    throw new Violation(`a sync after the faults: ${outcome?.failure ?? "another run is active"}`);
  }

  async #undisturbed<T>(ended: Promise<T>): Promise<T> {
    await setImmediate();
    while (!this.#scheduler.isIdle) {
      this.#scheduler.step();
      await this.#check();
    }
    return ended;
  }
}
