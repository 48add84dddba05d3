import type { Logger } from "pino";
import type { AdoptedCounters } from "~/counting/legacy-counters.server";
import type { BatchStore, Clock, EndStatus, RunTrigger, SyncLedger } from "./ports";

export interface SyncOptions {
  /** Targets that one statement applies. */
  chunkSize: number;
  /** Seconds without a heartbeat after which another run may take over. */
  leaseSeconds: number;
  /** Failures in a row after which a target is parked. */
  parkAfter: number;
  /** Seconds after which a run ends cleanly behind a chunk; no limit when undefined. */
  maxSeconds: number | undefined;
}

export interface EndedRun {
  trigger: RunTrigger;
  status: EndStatus;
  seconds: number;
  /** Targets that it had to flush. */
  targets: number;
}

export interface RunDependencies {
  batches: BatchStore;
  ledger: SyncLedger;
  /** Discards that a crash left half done; every run finishes them first. */
  discards: { finishUnfinished(): Promise<number> };
  /** Makes the failed targets agree with what Redis holds; false when the run is not the running one. */
  failures: { reconcile(run: string): Promise<boolean> };
  /** Counters that another implementation still writes; undefined where there is none. */
  legacyCounters?: { adopt(): AsyncIterable<AdoptedCounters> } | undefined;
  /** Told of every run that this process has ended. */
  runEnded?: ((run: EndedRun) => void) | undefined;
  clock: Clock;
  logger: Logger;
  options: SyncOptions;
}

export interface TargetError {
  target: string;
  error: string;
}
