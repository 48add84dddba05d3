import type { Logger } from "pino";
import type { EndStatus, PostgresLedger, RunTrigger } from "../postgres/postgres-ledger.server";
import type { RedisBatchStore } from "../redis/redis-batch-store.server";

export interface SyncOptions {
  /** Targets that one statement applies. */
  chunkSize: number;
  /** Seconds without a heartbeat after which another run may take over. */
  leaseSeconds: number;
  /** Failures in a row after which a target waits for an admin. */
  parkAfter: number;
  /** Seconds after which a run ends after its current chunk; no limit when undefined. */
  maxSeconds: number | undefined;
  /** Seconds that a chunk waits for a row which another session holds. */
  lockSeconds: number;
}

export interface EndedRun {
  trigger: RunTrigger;
  status: EndStatus;
  seconds: number;
  /** Targets that it had to flush. */
  targets: number;
}

/** The result for one page of counters of an older implementation. */
export interface AdoptedCounters {
  counters: number;
  views: number;
  /** Counters that were not touched: their keys, and why. */
  leftAlone: Array<{ key: string; reason: string }>;
}

export interface RunDependencies {
  batches: RedisBatchStore;
  ledger: PostgresLedger;
  /** Discards that the version before has left half done. */
  oldDiscards: { finish(): Promise<void> };
  /** Counters that another implementation still writes; undefined where there is none. */
  legacyCounters?: { adopt(): AsyncIterable<AdoptedCounters> } | undefined;
  /** Called after every run that this process has ended. */
  runEnded?: ((run: EndedRun) => void) | undefined;
  clock: {
    /** Milliseconds; only differences count. */
    now(): number;
    sleep(milliseconds: number): Promise<void>;
  };
  logger: Logger;
  options: SyncOptions;
}
