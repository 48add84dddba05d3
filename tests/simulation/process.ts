import type { Logger } from "pino";
import { DependencyError } from "~/dependency-error.server";
import { Discards } from "~/modules/view-sync/discards.server";
import { FailedTargets } from "~/modules/view-sync/failed-targets.server";
import { FailureReconciler } from "~/modules/view-sync/failure-reconciler.server";
import { PendingMembers } from "~/modules/view-sync/pending-members.server";
import { PostgresLedger } from "~/modules/view-sync/postgres-ledger.server";
import type { BatchStore, SyncLedger } from "~/modules/view-sync/ports";
import { RedisBatchStore } from "~/modules/view-sync/redis-batch-store.server";
import { SyncEngine, type RunOutcome, type SyncRequest } from "~/modules/view-sync/sync-engine";
import type { SyncOptions } from "~/modules/view-sync/sync-run";
import { DAO, keys, type Stores } from "./promise";
import type { Scheduler } from "./scheduler";

/** Puts something between the engine and its ports, to see that the promise then breaks. */
export type PortWrapper = (ports: { batches: BatchStore; ledger: SyncLedger }) => {
  batches: BatchStore;
  ledger: SyncLedger;
};

export interface ProcessDependencies {
  name: string;
  stores: Stores;
  scheduler: Scheduler;
  options: SyncOptions;
  wrapPorts?: PortWrapper | undefined;
  log: (line: string) => void;
  /** Told of errors that nothing in the protocol accounts for. */
  onUnexpected: (problem: string) => void;
}

/** One process of the server: the real engine and discards, over connections that the scheduler holds. */
export class Process {
  readonly name: string;
  isAlive = true;
  readonly #engine: SyncEngine;
  readonly #discards: Discards;
  readonly #dependencies: ProcessDependencies;

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
    this.#discards = new Discards({ pool, redis, keys, daoSlug: DAO });
    const reconciler = new FailureReconciler({
      pool,
      daoSlug: DAO,
      failures: new FailedTargets({ pool, daoSlug: DAO }),
      members: new PendingMembers({ redis, keys }),
    });
    this.#engine = new SyncEngine({
      ...(wrapPorts?.(ports) ?? ports),
      discards: this.#discards,
      failures: reconciler,
      clock: {
        now: () => scheduler.now,
        sleep: (milliseconds) => scheduler.sleep(name, milliseconds),
      },
      logger: quietLogger(onUnexpected),
      options,
    });
  }

  /** Starts a sync; its outcome, or undefined when another one is active or PostgreSQL is away. */
  async sync(request: Partial<SyncRequest> = {}): Promise<RunOutcome | undefined> {
    try {
      const started = await this.#engine.start({ trigger: "cron", actor: "cron", ...request });
      if (started.kind === "busy") return undefined;
      const outcome = await started.finished;
      const { run, status, failure = "" } = outcome;
      this.#dependencies.log(`${this.name} run ${run} ended: ${status} ${failure}`);
      return outcome;
    } catch (error) {
      this.#expectAway(error);
      return undefined;
    }
  }

  async discard(targets: string[], from: "overlay" | "parked"): Promise<void> {
    try {
      await this.#discards.discard({ targets, from, reason: "simulated", actor: "admin" });
    } catch (error) {
      this.#expectAway(error);
    }
  }

  /** A graceful stop: runs end behind the chunk in flight. */
  stop(): void {
    this.isAlive = false;
    void this.#engine.stop();
  }

  /** It takes no further step, and nobody hears of it again. */
  crash(): void {
    this.isAlive = false;
    this.#dependencies.scheduler.crash(this.name);
  }

  #expectAway(error: unknown): void {
    if (!(error instanceof DependencyError)) this.#dependencies.onUnexpected(String(error));
  }
}

/** The engine reports what it does not expect as an error, and goes on. */
function quietLogger(onError: (problem: string) => void): Logger {
  const logger = {
    info() {},
    warn() {},
    error: ({ err }: { err: unknown }) => onError(`unexpected: ${String(err)}`),
  };
  return logger as unknown as Logger;
}
