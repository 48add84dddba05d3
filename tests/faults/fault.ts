import type { SystemProgram } from "../../scripts/local/system-packages";
import type { System, SystemOptions } from "./system";
import type { FaultServers } from "./servers";

/** One kind of fault. */
export interface Fault {
  /** As it is chosen on the command line. */
  name: string;
  /** What is done, in a few words. */
  what: string;
  /** Rounds of a full run; 20 when undefined. */
  rounds?: number;
  /** It is skipped where this program is missing. */
  needs?: SystemProgram;
  /** Starts what only this fault needs, and says how the system is to be set. */
  prepare?(servers: FaultServers): Promise<PreparedFault>;
  /** The same, where nothing has to be started. */
  settings?: SystemSettings;
  /**
   * Does it once, while views are sent and read, and undoes what would go on. Throws when it could not be
   * done, or when something else than the promise was broken. Undefined where `prepare` gives it.
   */
  strike?: (system: System) => Promise<void>;
}

export type SystemSettings = Pick<
  SystemOptions,
  "env" | "withLinks" | "databaseUrl" | "redisUrl" | "suiteRedisUrl" | "suiteRedis" | "instances"
>;

export interface PreparedFault {
  settings: SystemSettings;
  /** In place of the fault's own, with what was started. */
  strike?: (system: System) => Promise<void>;
  stop(): Promise<void>;
}
