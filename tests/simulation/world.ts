import { Losses } from "./losses";
import { InMemoryPostgres } from "./in-memory-postgres";
import { InMemoryRedis } from "./in-memory-redis";
import type { RedisGuard } from "./in-memory-scripts";
import type { PostgresGuard } from "./in-memory-statements";
import { Process, type PortWrapper } from "./process";
import { violation, type Stores } from "./promise";
import { Random } from "./random";
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

export const LEASE_SECONDS = 30;
/** SQLSTATE of a constraint, of a row that another session holds, and of a statement that takes too long. */
export const REFUSALS = ["23514", "55P03", "57014"];
/** With few topics, faults meet each other more often; many topics need more than one window of a batch. */
const SOME_TOPICS = ["a", "b", "c", "d"];
const MANY_TOPICS = [...SOME_TOPICS, ...Array.from({ length: 26 }, (_, index) => `t${index}`)];
const TOPIC_SETS = [["a"], ["a", "c"], SOME_TOPICS, SOME_TOPICS, MANY_TOPICS];

export class Violation extends Error {}

/** The stores, processes and visitors of one schedule, all drawn from its seed. */
export class World {
  readonly trace: string[] = [];
  steps = 0;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly stores: Stores;
  readonly visitors: Visitors;
  readonly #options: SimulationOptions;
  readonly syncOptions;
  readonly topics: string[];
  readonly refusedForGood: Map<string, string>;
  readonly processes: Process[] = [];
  #problem: string | undefined;
  #checkedVersion = -1;

  constructor(seed: number, options: SimulationOptions) {
    const random = new Random(seed);
    this.random = random;
    this.#options = options;
    const log = (line: string) => this.trace.push(line);
    this.scheduler = new Scheduler(random, LEASE_SECONDS, log);
    const now = () => this.scheduler.now;
    this.stores = {
      redis: new InMemoryRedis({ now, without: options.redisWithout ?? [] }),
      postgres: new InMemoryPostgres({ now, without: options.postgresWithout ?? [] }),
      written: new Map(),
      endedRuns: new Map(),
    };
    // In most worlds Redis keeps what it acknowledged: there the whole promise is checked.
    const loss = random.pick([undefined, undefined, undefined, "wipe", "failover"] as const);
    if (loss && options.mayLoseWrites !== false) {
      this.stores.losses = new Losses(loss, this.stores);
    }
    this.visitors = new Visitors(this.stores, this.scheduler, random, this.#report);
    // Each schedule draws its own mix: with every kind of fault in each, some would hide others.
    const drawn = { rate: random.pick([0, 0.03, 0.1, 0.25]), kinds: random.some(FAULTS, 0.6) };
    this.scheduler.faults = options.faults ?? drawn;
    this.topics = options.topics ?? random.pick(TOPIC_SETS);
    this.syncOptions = {
      chunkSize: random.pick([1, 2, 3, 50]),
      leaseSeconds: LEASE_SECONDS,
      parkAfter: random.pick([1, 2, 3]),
      maxSeconds: random.pick([undefined, undefined, 3]),
      lockSeconds: 2,
    };
    this.refusedForGood = new Map(
      random.chance(0.3) ? [[random.pick(this.topics), random.pick(REFUSALS)]] : [],
    );
    this.refuseForGood();
  }

  /** From now on, only these topics are refused. */
  refuseForGood(): void {
    const { refused } = this.stores.postgres.tables;
    refused.clear();
    for (const [topic, code] of this.refusedForGood) refused.set(topic, code);
  }

  startProcess(): Process {
    const process = new Process({
      name: `process ${this.processes.length + 1}`,
      stores: this.stores,
      scheduler: this.scheduler,
      options: this.syncOptions,
      wrapPorts: this.#options.wrapPorts,
      log: (line) => this.trace.push(line),
      onUnexpected: this.#report,
    });
    this.processes.push(process);
    return process;
  }

  get alive(): Process[] {
    return this.processes.filter(({ isAlive }) => isAlive);
  }

  readonly #report = (problem: string): void => {
    this.#problem ??= problem;
  };

  /** Lets everybody run up to the next call that the scheduler holds, and looks whether all is well. */
  async check(): Promise<void> {
    this.steps += 1;
    // Runs after all resolved promises, and takes a fraction of a timer's time.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const { redis, postgres } = this.stores;
    const version = redis.version + postgres.version;
    const hasChanged = version !== this.#checkedVersion;
    this.#checkedVersion = version;
    const broken = this.#problem ?? (hasChanged ? await violation(this.stores) : undefined);
    if (broken !== undefined) throw new Violation(broken);
  }
}
