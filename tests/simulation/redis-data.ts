/** What the in-memory Redis holds: strings, hashes and sorted sets, which vanish when they are empty. */
export class RedisData {
  strings = new Map<string, string>();
  hashes = new Map<string, Map<string, string>>();
  sets = new Map<string, Map<string, number>>();

  copy(): RedisData {
    const copy = new RedisData();
    copy.strings = new Map(this.strings);
    copy.hashes = new Map([...this.hashes].map(([key, hash]) => [key, new Map(hash)]));
    copy.sets = new Map([...this.sets].map(([key, set]) => [key, new Map(set)]));
    return copy;
  }

  /** Replaces its data by a copy of another one's. */
  become(other: RedisData): void {
    const { strings, hashes, sets } = other.copy();
    Object.assign(this, { strings, hashes, sets });
  }

  exists(key: string): boolean {
    return this.strings.has(key) || this.hashes.has(key) || this.sets.has(key);
  }

  delete(...keys: string[]): void {
    for (const key of keys) {
      this.strings.delete(key);
      this.hashes.delete(key);
      this.sets.delete(key);
    }
  }

  rename(from: string, to: string): void {
    const set = this.sets.get(from);
    if (!set) throw new Error("ERR no such key");
    this.delete(from, to);
    this.sets.set(to, set);
  }

  incrementBy(key: string, amount: number): void {
    this.strings.set(key, String(Number(this.strings.get(key) ?? 0) + amount));
  }

  field(key: string, name: string): string | undefined {
    return this.hashes.get(key)?.get(name);
  }

  setFields(key: string, fields: Record<string, string>): void {
    const hash = this.hashes.get(key) ?? new Map<string, string>();
    for (const [name, value] of Object.entries(fields)) hash.set(name, value);
    this.hashes.set(key, hash);
  }

  deleteField(key: string, name: string): void {
    const hash = this.hashes.get(key);
    hash?.delete(name);
    if (hash?.size === 0) this.hashes.delete(key);
  }

  incrementField(key: string, name: string, amount: number): number {
    const sum = Number(this.field(key, name) ?? 0) + amount;
    this.setFields(key, { [name]: String(sum) });
    return sum;
  }

  score(key: string, member: string): number | undefined {
    return this.sets.get(key)?.get(member);
  }

  size(key: string): number {
    return this.sets.get(key)?.size ?? 0;
  }

  addScore(key: string, amount: number, member: string): void {
    const set = this.sets.get(key) ?? new Map<string, number>();
    set.set(member, (set.get(member) ?? 0) + amount);
    this.sets.set(key, set);
  }

  /** By score, then by name, like a real sorted set. */
  ranked(key: string): Array<[member: string, score: number]> {
    const members = [...(this.sets.get(key) ?? [])];
    return members.sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  }
}
