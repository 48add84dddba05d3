import type { Topics } from "./topics";

/** One way to bring pending views into PostgreSQL. */
export interface Contender {
  name: string;
  /** Whether it writes the views by day, too. */
  withDaily: boolean;
  /** Brings about what the sync will find, outside the time that is measured. */
  prepare(topics: Topics): Promise<void>;
  /** What is measured. */
  sync(topics: Topics): Promise<void>;
  /** Fails the bench where something else than `topics` was moved. */
  verify(topics: Topics): Promise<void>;
  /** The process whose memory is watched. */
  pid?: number;
}
