import type { StatementLimit } from "~/platform/limited-statement.server";
import type { SyncOptions } from "./run-dependencies";

/** For a whole chunk: it may be large, and the server slow. */
const STATEMENT_SECONDS = 13;
/** For a part of a chunk that has met its limit: what is slow in it has to be found soon. */
const PART_SECONDS = 1;
const LEAST_MS = 50;
/** More than the halvings that it takes to single out one target of a chunk. */
const HALVINGS = 24;

/**
 * How long the statements of a run may wait and take, so that a topic which holds it up is found without
 * using up the run's time. Each part that meets its limit uses up some of that, and the next may wait less.
 */
export class Patience {
  readonly whole: StatementLimit;
  /** If the run has a time limit, at most half of it may be used up before anything is found. */
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

  /** To be called when a part has met its limit, with the time that it took. */
  spend(milliseconds: number): void {
    this.#leftMs -= milliseconds;
  }

  get isOver(): boolean {
    return this.#leftMs <= 0;
  }
}
