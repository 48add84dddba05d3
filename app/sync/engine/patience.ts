import type { StatementLimit } from "~/platform/limited-statement.server";
import type { SyncOptions } from "./run-dependencies";

/** A whole chunk, which may be large and the server slow. */
const STATEMENT_SECONDS = 13;
/** A part of a chunk that has met its limit: whatever is slow about it has to be told from its neighbours soon. */
const PART_SECONDS = 1;
const LEAST_MS = 50;
/** More parts than a chunk is halved into, one after the other, until one target stands alone. */
const HALVINGS = 24;

/**
 * How long the statements of a run may wait and take, so that a topic which holds it up is found without using up
 * the run's time. Each part that meets its limit takes from what is left, and shortens how long the next may wait.
 */
export class Patience {
  readonly whole: StatementLimit;
  /** Of a run that is limited by time, at most half may be used up before anything is found. */
  readonly #mostSeconds: number;
  #leftMs: number;

  constructor(
    searchSeconds: number,
    { lockSeconds, maxSeconds = Infinity }: Pick<SyncOptions, "lockSeconds" | "maxSeconds">,
  ) {
    this.#mostSeconds = Math.max(1, maxSeconds) / 2;
    this.whole = {
      lockMs: Math.min(lockSeconds, this.#mostSeconds / 2) * 1_000,
      statementMs: Math.min(STATEMENT_SECONDS, this.#mostSeconds) * 1_000,
    };
    this.#leftMs = searchSeconds * 1_000;
  }

  get part(): StatementLimit {
    const mostMs = this.#mostSeconds * 1_000;
    const lockMs = Math.max(LEAST_MS, Math.min(this.#leftMs, mostMs) / HALVINGS);
    const statementMs = Math.max(LEAST_MS, Math.min(PART_SECONDS * 1_000, mostMs / 16));
    return { statementMs, lockMs: Math.min(lockMs, this.whole.lockMs) };
  }

  /** A part has met its limit after so long. */
  spend(milliseconds: number): void {
    this.#leftMs -= milliseconds;
  }

  get isOver(): boolean {
    return this.#leftMs <= 0;
  }
}
