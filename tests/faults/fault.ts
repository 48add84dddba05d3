import type { SystemProgram } from "../../scripts/local/system-packages";
import type { System, SystemOptions } from "./system";
import type { FaultServers } from "./servers";

/** One kind of fault. */
export type Fault = {
  /** The name on the command line. */
  name: string;
  /** What is done, in a few words. */
  what: string;
  /** Rounds of a full run; 20 when undefined. */
  rounds?: number;
  /** A program without which the fault is skipped. */
  needs?: SystemProgram;
} & (PlainFault | { prepare(servers: FaultServers): Promise<PreparedFault> });

interface PlainFault {
  settings?: SystemSettings;
  /**
   * Causes the fault once, while views are sent and read, and undoes what would last. Throws when it could
   * not be caused, or when something other than the promise was broken.
   */
  strike: (system: System) => Promise<void>;
}

/** What has started what only this fault needs. */
export interface PreparedFault extends PlainFault {
  stop: () => Promise<void>;
}

export type SystemSettings = Omit<SystemOptions, "servers" | "seed">;
