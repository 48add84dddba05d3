import type { SystemProgram } from "../../scripts/local/system-packages";
import type { System, SystemOptions } from "./system";
import type { FaultServers } from "./servers";

/** One kind of fault. */
export interface Fault {
  /** The name on the command line. */
  name: string;
  /** What is done, in a few words. */
  what: string;
  /** Rounds of a full run; 20 when undefined. */
  rounds?: number;
  /** A program without which the fault is skipped. */
  needs?: SystemProgram;
  /** Starts what only this fault needs, and returns the system's settings. */
  prepare?(servers: FaultServers): Promise<PreparedFault>;
  /** The settings, if nothing has to be started. */
  settings?: SystemSettings;
  /**
   * Causes the fault once, while views are sent and read, and undoes what would last. Throws when it could
   * not be caused, or when something other than the promise was broken. Undefined if `prepare` returns it.
   */
  strike?: (system: System) => Promise<void>;
}

export type SystemSettings = Pick<
  SystemOptions,
  "env" | "withLinks" | "databaseUrl" | "redisUrl" | "suiteRedisUrl" | "suiteRedis" | "instances"
>;

export interface PreparedFault {
  settings: SystemSettings;
  /** Replaces the fault's own, and uses what was started. */
  strike?: (system: System) => Promise<void>;
  stop(): Promise<void>;
}
