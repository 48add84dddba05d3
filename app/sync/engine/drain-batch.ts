import type { ChunkEntry, FailedEntry, TargetError } from "../postgres/postgres-ledger.server";
import type { BatchMember, OpenedBatch } from "../redis/redis-batch-store.server";
import { bisect, type Refused } from "./bisect";
import { Lease } from "./lease";
import { Patience } from "./patience";
import type { RunDependencies } from "./run-dependencies";
import { sortMembers, type SortedMembers } from "./sort-members";
import { SupersededError } from "../sync-errors";

/** What a run has done so far, over all its steps. */
export interface RunTally {
  /** Targets of the run's batches; and how many of them PostgreSQL has taken or keeps. */
  total: number;
  done: number;
  /** At most 1,000; `sync_run_targets` has all of them. */
  errors: TargetError[];
  /** Targets kept under an older name of their topic; the same run moves them to it. */
  renamed: string[];
  /** Targets that held up a statement of this run, and why. The run does not try them again. */
  stuck: Map<string, string>;
}

/** How long a run searches for the targets that hold its chunks up. */
const SEARCH_SECONDS = 24;
const MOST_ERRORS = 1_000;
/** Chunks that PostgreSQL applies at once. */
const WORKERS = 2;
/**
 * Chunks of a window. Redis keeps a batch by score, the table keeps its rows by topic id: sorting a whole window
 * lets each chunk touch few pages of the table's index. Each takes about half a megabyte of memory.
 */
const WINDOW_CHUNKS = 8;

/** A stretch of a batch by rank, as it is applied. */
type Window = SortedMembers & { end: number };

/**
 * Moves one batch into PostgreSQL, window by window. A batch never changes, and PostgreSQL takes every member
 * of it, into the topic's row or into `failed_targets`; then Redis drops it whole.
 */
export class BatchDrain {
  readonly #lease: Lease;
  readonly #patience: Patience;
  #hasBegun = false;
  #isStopping = false;

  constructor(
    private readonly run: string,
    private readonly batch: OpenedBatch,
    private readonly dependencies: RunDependencies,
    private readonly tally: RunTally,
    private readonly mustStop: () => Promise<boolean>,
  ) {
    this.#lease = new Lease(run, dependencies);
    this.#patience = new Patience(SEARCH_SECONDS, dependencies.options);
  }

  /**
   * Whether the batch was drained to its end; false when the run had to stop before. It does one chunk at least.
   * @throws SupersededError when the run was taken over; DependencyError when a store is away
   */
  async drain(): Promise<boolean> {
    const { batches, ledger, logger } = this.dependencies;
    const { run, batch } = this;
    const offset = await ledger.recordBatch(run, batch);
    this.tally.total += batch.size - offset;
    logger.info(
      { run, batch: batch.id, recovered: batch.kind === "adopted" },
      `Flushing ${batch.size - offset} Redis overlays to Postgres`,
    );
    let next = this.#read(offset);
    for (;;) {
      const window = await next;
      if (!window) break;
      next = this.#read(window.end);
      // It is awaited only after this window; until then its rejection must not count as unhandled.
      next.catch(() => undefined);
      await this.#take(window);
      if (this.#isStopping) return false;
      if (window.end < batch.size) await ledger.moveOffset(run, batch.id, window.end);
    }
    const isClosed = await batches.close(batch.id);
    // A close that was re-sent because its reply was lost finds no batch. The fence shows that this run
    // closed it.
    if (!isClosed) await ledger.heartbeat(run);
    return true;
  }

  /** Undefined after the last member. */
  async #read(start: number): Promise<Window | undefined> {
    const { batches, options } = this.dependencies;
    const { id, size } = this.batch;
    if (start >= size) return undefined;
    const end = Math.min(size, start + WINDOW_CHUNKS * options.chunkSize);
    const members: BatchMember[] = [];
    while (start + members.length < end) {
      const count = Math.min(options.chunkSize, end - start - members.length);
      const page = await batches.read(id, start + members.length, count);
      // A batch never shrinks: another run has closed it, or Redis went back to another state.
      if (page.length < count) throw new SupersededError();
      members.push(...page);
    }
    return { end, ...sortMembers(members) };
  }

  async #take({ applicable, failing, renamed }: Window): Promise<void> {
    const { chunkSize } = this.dependencies.options;
    await this.#keep(failing);
    this.tally.renamed.push(...renamed);
    const entries = await this.#withoutStuck(await this.#untaken(applicable));
    const chunks: ChunkEntry[][] = [];
    for (let from = 0; from < entries.length; from += chunkSize) {
      chunks.push(entries.slice(from, from + chunkSize));
    }
    const workers = Array.from({ length: WORKERS }, async () => {
      try {
        while (chunks.length > 0) {
          if (this.#hasBegun && (await this.mustStop())) this.#isStopping = true;
          const chunk = this.#isStopping ? undefined : chunks.shift();
          if (!chunk) return;
          this.#hasBegun = true;
          await this.#apply(chunk);
        }
      } catch (error) {
        this.#isStopping = true;
        throw error;
      }
    });
    // Waits for all workers even if one fails, so that nothing continues after the end of the run.
    await Promise.allSettled(workers);
    await Promise.all(workers);
  }

  /** The run before may have ended within the first window, with part of it taken. */
  async #untaken(applicable: ChunkEntry[]): Promise<ChunkEntry[]> {
    const { run, batch } = this;
    if (batch.kind === "opened" || this.#hasBegun) return applicable;
    return this.dependencies.ledger.leaveOutTaken(run, batch.id, applicable);
  }

  /** Targets that held up a statement of this run are kept at once: with new views they would do so again. */
  async #withoutStuck(entries: ChunkEntry[]): Promise<ChunkEntry[]> {
    const { stuck } = this.tally;
    const failing: FailedEntry[] = [];
    for (const entry of entries) {
      const error = stuck.get(entry.target);
      if (error !== undefined) failing.push({ ...entry, error });
    }
    await this.#keep(failing);
    return failing.length === 0 ? entries : entries.filter(({ target }) => !stuck.has(target));
  }

  async #apply(chunk: ChunkEntry[]): Promise<void> {
    const { ledger, clock, logger } = this.dependencies;
    const { run, batch } = this;
    const { refused, untried } = await bisect(chunk, {
      send: (part, limit) => ledger.applyChunk(run, batch.id, part, limit),
      lease: this.#lease,
      clock,
      sample: Number(run),
      patience: this.#patience,
      mustStop: this.mustStop,
    });
    noteStuck(this.tally, refused);
    await this.#keep(refused.map(({ entry, reason }) => ({ ...entry, error: reason })));
    this.#isStopping ||= untried > 0;
    this.tally.done += chunk.length - refused.length - untried;
    const { done, total } = this.tally;
    logger.info({ run }, `Flushed ${done}/${total} targets...`);
  }

  async #keep(failing: FailedEntry[]): Promise<void> {
    const { ledger, options } = this.dependencies;
    for (let start = 0; start < failing.length; start += options.chunkSize) {
      const part = failing.slice(start, start + options.chunkSize);
      const failed = await ledger.recordFailures(this.run, this.batch.id, part);
      this.#lease.committed();
      noteErrors(
        this.tally,
        part.filter(({ target }) => failed.has(target)),
      );
      this.tally.done += part.length;
    }
  }
}

export function noteStuck({ stuck }: RunTally, refused: Refused<{ target: string }>[]): void {
  for (const { entry, reason, isStuck } of refused) if (isStuck) stuck.set(entry.target, reason);
}

export function noteErrors({ errors }: RunTally, failed: TargetError[]): void {
  for (const { target, error } of failed.slice(0, Math.max(0, MOST_ERRORS - errors.length))) {
    errors.push({ target, error });
  }
}
