import type { BatchStore, OpenedBatch } from "./ports";
import { sortMembers, type SortedMembers } from "./sort-members";
import { Sweep } from "./sweep";
import { SupersededError } from "./sync-errors";

/** Pages read for each chunk that is applied: so many take as long to read as one chunk to apply. */
const READS_AHEAD = 6;
/** Pages that wait to be applied, at most: each takes about half a megabyte of memory. */
const MOST_WAITING = 12;

/** What one statement applies, and what was read with it that cannot be applied. */
export type Chunk = SortedMembers;

export function chunkLength({ applicable, aliases, malformed }: Chunk): number {
  return applicable.length + aliases.length + malformed.length;
}

/**
 * Reads a batch in pages, ahead of what is being applied, and cuts it into chunks. Redis keeps a batch by
 * score, the table keeps its rows by topic id: so the chunks are taken from many pages, in a sweep.
 *
 * Members leave the batch when they are settled, always some of those that were read, which stand first. So
 * what is not yet read begins at the rank that is the number of members read and not yet settled.
 */
export class BatchReader {
  readonly #batches: BatchStore;
  readonly #batch: OpenedBatch;
  readonly #chunkSize: number;
  readonly #sweep = new Sweep();
  readonly #aliases: Chunk["aliases"] = [];
  readonly #malformed: Chunk["malformed"] = [];
  #read = 0;
  #unsettled = 0;
  #isAtEnd = false;

  constructor(batches: BatchStore, batch: OpenedBatch, chunkSize: number) {
    this.#batches = batches;
    this.#batch = batch;
    this.#chunkSize = chunkSize;
  }

  /** The next chunk, or undefined at the end. Not to be called while `readAhead` is under way. */
  async next(): Promise<Chunk | undefined> {
    if (this.#read === 0) await this.readAhead();
    for (;;) {
      const chunk = this.#take();
      if (chunk || this.#isAtEnd) return chunk;
      await this.#readPage();
    }
  }

  /** Tells that members which were read have left the batch. */
  settled(members: number): void {
    this.#unsettled -= members;
  }

  /** Not to be called while members are being settled: their ranks would move. */
  async readAhead(): Promise<void> {
    for (let reads = 0; reads < READS_AHEAD; reads += 1) {
      if (this.#isAtEnd || this.#sweep.size >= MOST_WAITING * this.#chunkSize) return;
      await this.#readPage();
    }
  }

  async #readPage(): Promise<void> {
    const members = await this.#batches.read(this.#batch.id, this.#unsettled, this.#chunkSize);
    this.#read += members.length;
    this.#unsettled += members.length;
    // A batch never grows: Redis went back to another state of it, and it is not ours any more.
    if (this.#read > this.#batch.size) throw new SupersededError();
    this.#isAtEnd = members.length === 0 || this.#read >= this.#batch.size;
    const { applicable, aliases, malformed } = sortMembers(members);
    this.#sweep.add(applicable);
    this.#aliases.push(...aliases);
    this.#malformed.push(...malformed);
  }

  /** What cannot be applied comes last, or when a chunk is full of it. */
  #take(): Chunk | undefined {
    const size = this.#chunkSize;
    const isCrowded = Math.max(this.#aliases.length, this.#malformed.length) >= size;
    const applicable = isCrowded ? [] : this.#sweep.take(size);
    if (applicable.length > 0) return { applicable, aliases: [], malformed: [] };
    const chunk = {
      applicable,
      aliases: this.#aliases.splice(0, size),
      malformed: this.#malformed.splice(0, size),
    };
    return chunkLength(chunk) > 0 ? chunk : undefined;
  }
}
