import type { Logger } from "pino";
import type { AuditLog } from "~/accounts/audit.server";
import { DependencyError, onDatabase } from "~/platform/dependency-error.server";
import { BooksReader } from "~/sync/balance/books.server";
import { Repairs } from "~/sync/repair/repairs.server";
import { PostgresLedger, type SyncRequest } from "~/sync/postgres/postgres-ledger.server";
import { RedisBatchStore } from "~/sync/redis/redis-batch-store.server";
import { RegressionRepair, type RegressionOutcome } from "~/sync/repair/regression.server";
import { SupersededError } from "~/sync/sync-errors";
import { SyncEngine, type RunOutcome } from "~/sync/engine/sync-engine";
import type { SyncOptions } from "~/sync/engine/run-dependencies";
import { DAO, keys, type Stores } from "./promise";
import type { Scheduler } from "./scheduler";

/** Wraps the engine's ports, to see that the promise then breaks. */
export type PortWrapper = (
  ports: { batches: RedisBatchStore; ledger: PostgresLedger },
  stores: Stores,
) => { batches: RedisBatchStore; ledger: PostgresLedger };

export interface ProcessDependencies {
  name: string;
  stores: Stores;
  scheduler: Scheduler;
  options: SyncOptions;
  wrapPorts?: PortWrapper | undefined;
  log: (line: string) => void;
  /** Called with errors that the protocol does not account for. */
  onUnexpected: (problem: string) => void;
}

/** One process of the server: the real engine and repairs, over connections that the scheduler holds. */
export class Process {
  readonly name: string;
  isAlive = true;
  readonly #engine: SyncEngine;
  readonly #repairs: Repairs;
  readonly #regression: RegressionRepair;
  readonly #dependencies: ProcessDependencies;
  /** The runs of this process: one, and those that were taken over and have not noticed. */
  readonly activeRuns = new Set<number>();

  constructor(dependencies: ProcessDependencies) {
    const { name, stores, scheduler, options, wrapPorts, onUnexpected } = dependencies;
    this.name = name;
    this.#dependencies = dependencies;
    const redis = stores.redis.client(scheduler.around(name, "redis"));
    const pool = stores.postgres.pool(scheduler.around(name, "postgres"));
    const ports = {
      batches: new RedisBatchStore({ redis, keys }),
      ledger: new PostgresLedger({ pool, daoSlug: DAO }),
    };
    this.#repairs = new Repairs({ pool, daoSlug: DAO });
    const sync = {
      ...(wrapPorts?.(ports, stores) ?? ports),
      oldDiscards: { finish: () => Promise.resolve() },
      clock: {
        now: () => scheduler.now,
        sleep: (milliseconds: number) => scheduler.sleep(name, milliseconds),
      },
      logger: quietLogger(onUnexpected),
      options,
    };
    this.#engine = new SyncEngine(sync);
    const around = scheduler.around(name, "postgres");
    const audit = {
      record: ({ action }: { action: string }) =>
        onDatabase(() => around("audit", () => stores.postgres.note(action))),
    } as unknown as AuditLog;
    const books = new BooksReader({ pool, redis, keys, daoSlug: DAO });
    this.#regression = new RegressionRepair({ ...sync, books, audit });
  }

  /** Starts a sync or a retry; its outcome, or undefined when another one is active or PostgreSQL is away. */
  async sync(request: Partial<SyncRequest> = {}): Promise<RunOutcome | undefined> {
    try {
      const started = await this.#engine.start({ trigger: "cron", actor: "cron", ...request });
      if (started.kind === "busy") return undefined;
      this.activeRuns.add(Number(started.run));
      const outcome = await started.finished;
      this.activeRuns.delete(Number(started.run));
      const { run, status, failure = "" } = outcome;
      this.#dependencies.log(`${this.name} run ${run} ended: ${status} ${failure}`);
      return outcome;
    } catch (error) {
      this.#expectAway(error);
      return undefined;
    }
  }

  async discard(targets: string[]): Promise<void> {
    await this.#repairs.discard(targets, "simulated", "admin").catch(this.#expectAway);
  }

  async takeOff(topic: string, views: number): Promise<void> {
    await this.#repairs.takeOff(topic, views, "simulated", "admin").catch(this.#expectAway);
  }

  /** An admin decides what becomes of the overlay of a Redis that has lost a batch. */
  async decide(choice: "keep" | "discard"): Promise<RegressionOutcome | undefined> {
    try {
      return await this.#regression.resolve({ choice, reason: "simulated", actor: "admin" });
    } catch (error) {
      if (!(error instanceof SupersededError)) this.#expectAway(error);
      return undefined;
    }
  }

  /** A graceful stop: runs end after their current chunk. */
  stop(): void {
    this.isAlive = false;
    void this.#engine.stop();
  }

  /** The process takes no further step, and nobody gets its answers. */
  crash(): void {
    this.isAlive = false;
    this.#dependencies.scheduler.crash(this.name);
  }

  readonly #expectAway = (error: unknown): void => {
    if (!(error instanceof DependencyError)) this.#dependencies.onUnexpected(String(error));
  };
}

/** The engine logs what it does not expect as an error, and continues. */
function quietLogger(onError: (problem: string) => void): Logger {
  const logger = {
    info() {},
    warn() {},
    error: ({ err }: { err: unknown }) => onError(`unexpected: ${String(err)}`),
  };
  return logger as unknown as Logger;
}
