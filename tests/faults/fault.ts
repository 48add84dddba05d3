import type { SystemProgram } from "../../scripts/local/system-packages";
import type { Stage, StageOptions } from "./stage";
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
  /** Starts what only this fault needs, and says how the stage is to be set. */
  prepare?(servers: FaultServers): Promise<PreparedFault>;
  /** The same, where nothing has to be started. */
  stage?: StageSettings;
  /**
   * Does it once, while views are sent and read, and undoes what would go on. Throws when it could not be
   * done, or when something else than the promise did not hold. Undefined where `prepare` gives it.
   */
  strike?: (stage: Stage) => Promise<void>;
}

export type StageSettings = Pick<
  StageOptions,
  "env" | "withLinks" | "databaseUrl" | "redisUrl" | "suiteRedisUrl" | "suiteRedis" | "instances"
>;

export interface PreparedFault {
  settings: StageSettings;
  /** In place of the fault's own, with what was started. */
  strike?: (stage: Stage) => Promise<void>;
  stop(): Promise<void>;
}
