import { showLine } from "../local/progress";

interface Stoppable {
  stop(): Promise<unknown>;
}

/** Everything that has been started, so that it can be stopped in the opposite order. */
export class Running {
  readonly #parts: Array<{ name: string; part: Stoppable }> = [];
  #stopped: Promise<void> | undefined;

  add<T extends Stoppable>(name: string, part: T): T {
    this.#parts.push({ name, part });
    return part;
  }

  /** Stops everything, once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const names = this.#parts.map(({ name }) => name).reverse();
    for (const { part } of [...this.#parts].reverse()) await part.stop();
    if (names.length > 0) showLine(`✓ Stopped: ${names.join(", ")}`);
  }
}
