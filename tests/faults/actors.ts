import type { Random } from "../simulation/random";
import type { ViewLog } from "./view-log";

/** What senders and readers of views need to know about the forum. */
export interface Forum {
  random: Random;
  log: ViewLog;
  topics: readonly string[];
  /** Of the process that answers at the moment. */
  origin: () => string;
}

/** Several actors of a kind that do the same thing over and over, each one act after the other. */
export class Actors {
  #isOver = true;
  #loops: Array<Promise<void>> = [];

  constructor(
    private readonly count: number,
    private readonly act: () => Promise<unknown>,
  ) {}

  start(): void {
    if (!this.#isOver) return;
    this.#isOver = false;
    this.#loops = Array.from({ length: this.count }, () => this.#keepActing());
  }

  /** Returns when every act that was begun is over. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #keepActing(): Promise<void> {
    while (!this.#isOver) await this.act();
  }
}
