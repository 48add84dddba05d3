import type { ChunkEntry } from "./ports";

/**
 * Entries in the order of their topic ids, as far as they are known: it goes up through the ids like an
 * elevator, and what comes in below it waits for its next way up. So rows that lie close together in the
 * index are written together, without waiting for all of them and without holding all of them.
 */
export class Sweep {
  #above: Array<{ entries: ChunkEntry[]; next: number }> = [];
  #below: ChunkEntry[][] = [];
  #position = "";
  #size = 0;

  /** Entries that have not been taken. */
  get size(): number {
    return this.#size;
  }

  /** @param entries sorted by topic id */
  add(entries: ChunkEntry[]): void {
    const passed = entries.findIndex(({ topicId }) => topicId > this.#position);
    const next = passed < 0 ? entries.length : passed;
    if (next < entries.length) this.#above.push({ entries, next });
    if (next > 0) this.#below.push(entries.slice(0, next));
    this.#size += entries.length;
  }

  /**
   * The next `count` on its way, or as many as there are on it: within a chunk the ids only rise, so that two
   * runs that write the same rows do it in the same order.
   */
  take(count: number): ChunkEntry[] {
    const taken: ChunkEntry[] = [];
    if (this.#above.length === 0) this.#startAgain();
    while (taken.length < count && this.#above.length > 0) {
      // Little by little: to sort all of them at once would hold up every request meanwhile.
      const list = this.#lowest();
      const entry = list.entries[list.next]!;
      taken.push(entry);
      this.#size -= 1;
      this.#position = entry.topicId;
      list.next += 1;
      if (list.next === list.entries.length) this.#above.splice(this.#above.indexOf(list), 1);
    }
    return taken;
  }

  #lowest() {
    let lowest = this.#above[0]!;
    for (const list of this.#above) {
      if (list.entries[list.next]!.topicId < lowest.entries[lowest.next]!.topicId) lowest = list;
    }
    return lowest;
  }

  #startAgain(): void {
    this.#above = this.#below.map((entries) => ({ entries, next: 0 }));
    this.#below = [];
    this.#position = "";
  }
}
