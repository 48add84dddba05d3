/**
 * A value is read again, in the background, when it is older than this many times the time that reading it
 * took.
 */
const KEPT_TIMES = 100;
const LEAST_KEPT_MS = 60_000;

interface Entry<Value> {
  value: Promise<Value>;
  /** Infinite while the value is being read. */
  renewAt: number;
}

/**
 * A cache for values that are costly to read. A key has to change when its value does; the last used are
 * kept.
 */
export class Kept<Value> {
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(private readonly most: number) {}

  get(key: string, read: () => Promise<Value>): Promise<Value> {
    const entry = this.#entries.get(key) ?? this.#start(read, () => this.#entries.delete(key));
    // Moves the entry to the end: the one that was used last is dropped last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.most) break;
      this.#entries.delete(oldest);
    }
    if (performance.now() >= entry.renewAt) {
      // The old value is given out until the new one is there.
      entry.renewAt = Infinity;
      const renewed = this.#start(read, () => {
        entry.renewAt = performance.now() + LEAST_KEPT_MS;
      });
      void renewed.value.then(
        () => Object.assign(entry, renewed),
        () => undefined,
      );
    }
    return entry.value;
  }

  #start(read: () => Promise<Value>, onFailure: () => void): Entry<Value> {
    const startedAt = performance.now();
    const entry: Entry<Value> = { value: read(), renewAt: Infinity };
    entry.value.then(() => {
      const now = performance.now();
      entry.renewAt = now + Math.max(LEAST_KEPT_MS, KEPT_TIMES * (now - startedAt));
    }, onFailure);
    return entry;
  }
}
