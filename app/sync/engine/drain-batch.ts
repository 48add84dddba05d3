import { applyBisecting, type RefusedEntry } from "./apply-chunk";
import { BatchReader, chunkLength, type Chunk } from "./batch-reader";
import type { FailedEntry, OpenedBatch } from "./ports";
import type { RunDependencies, TargetError } from "./run-dependencies";
import { holdFence, SupersededError } from "./sync-errors";

/** What a run has done so far, over all its batches. */
export interface RunTally {
  /** Targets. */
  total: number;
  flushed: number;
  /** At most 1,000; `sync_run_errors` has all of them. */
  errors: TargetError[];
  /** Put off to the run's next batch. */
  deferred: string[];
}

const MOST_ERRORS = 1_000;

/** A chunk that PostgreSQL has committed, but for what it refused of it. */
interface CommittedChunk {
  chunk: Chunk;
  refused: RefusedEntry[];
}

/** Chunks that PostgreSQL applies at once. */
const LANES = 2;

/**
 * Moves one batch into PostgreSQL, chunk by chunk, and settles it in Redis. Each lane applies a chunk, settles
 * it and goes for the next one. Reading and settling move the ranks that are read by, so the lanes take turns
 * at them; meanwhile the others have PostgreSQL at work.
 */
export class BatchDrain {
  readonly #reader: BatchReader;
  /** Members that no lane has taken yet. */
  #left: number;
  #isStopping = false;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly run: string,
    private readonly batch: OpenedBatch,
    private readonly dependencies: RunDependencies,
    private readonly tally: RunTally,
  ) {
    const { batches, options } = dependencies;
    this.#reader = new BatchReader(batches, batch, options.chunkSize);
    this.#left = batch.size;
  }

  /**
   * Whether the batch was drained to its end; false when the run had to stop before.
   * @throws SupersededError when the run was taken over; DependencyError when a store is away
   */
  async drain(mustStop: () => boolean): Promise<boolean> {
    const { batches, ledger, logger } = this.dependencies;
    const { run, batch } = this;
    holdFence(await ledger.recordBatch(run, batch));
    this.tally.total += batch.size;
    logger.info(
      { run, batch: batch.id, recovered: batch.kind === "adopted" },
      `Flushing ${batch.size} Redis overlays to Postgres`,
    );
    const lanes = Array.from({ length: LANES }, () => this.#lane(mustStop));
    // All of them also when one fails, so that nothing goes on behind the end of a run.
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
    if (this.#isStopping) return false;
    if (!(await batches.close(run, batch.id))) throw new SupersededError();
    return true;
  }

  /** The commit in PostgreSQL is the moment of truth; Redis is settled after it. */
  async #lane(mustStop: () => boolean): Promise<void> {
    try {
      let chunk = await this.#inTurn(() => this.#next(mustStop));
      while (chunk) {
        const committed = await this.#apply(chunk);
        chunk = await this.#inTurn(async () => {
          await this.#settle(committed);
          return this.#next(mustStop);
        });
      }
    } catch (error) {
      this.#isStopping = true;
      throw error;
    }
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(step, step);
    this.#lastTurn = turn;
    return turn;
  }

  /** Undefined at the end of the batch, and when the run must stop; it does one chunk at least. */
  async #next(mustStop: () => boolean): Promise<Chunk | undefined> {
    const { size } = this.batch;
    this.#isStopping ||= this.#left > 0 && this.#left < size && mustStop();
    if (this.#isStopping) return undefined;
    await this.#reader.readAhead();
    const chunk = await this.#reader.next();
    if (chunk) this.#left -= chunkLength(chunk);
    return chunk;
  }

  async #apply(chunk: Chunk): Promise<CommittedChunk> {
    const { ledger, clock, options } = this.dependencies;
    const { run, batch } = this;
    const context = { ledger, clock, run, batch, leaseSeconds: options.leaseSeconds };
    return { chunk, refused: await applyBisecting(context, chunk.applicable) };
  }

  async #settle({ chunk, refused }: CommittedChunk): Promise<void> {
    const { applicable, aliases, malformed } = chunk;
    const refusedTargets = new Set(refused.map(({ entry }) => entry.target));
    const applied = applicable.filter(({ target }) => !refusedTargets.has(target));
    await this.#settleApplied(applied.map(({ target }) => target));
    await this.#settleFailures([
      ...malformed,
      ...refused.map(({ entry, reason }) => ({
        member: entry.target,
        failure: { ...entry, error: reason },
      })),
    ]);
    await this.#deferAliases(aliases);
    this.#reader.settled(chunkLength(chunk));
    const { flushed, total } = this.tally;
    this.dependencies.logger.info({ run: this.run }, `Flushed ${flushed}/${total} targets...`);
  }

  async #settleApplied(members: Array<string | Buffer>): Promise<void> {
    if (members.length === 0) return;
    const { batches } = this.dependencies;
    const isOwner = await batches.settleApplied(this.run, this.batch.id, members);
    if (!isOwner) throw new SupersededError();
    this.tally.flushed += members.length;
  }

  async #settleFailures(
    failures: Array<{ member: string | Buffer; failure: FailedEntry }>,
  ): Promise<void> {
    if (failures.length === 0) return;
    const { batches, ledger, options } = this.dependencies;
    const { run, batch } = this;
    const { failed } = holdFence(
      await ledger.recordFailures(
        run,
        batch.id,
        failures.map(({ failure }) => failure),
        options.parkAfter,
      ),
    );
    const returned = failures.filter(({ failure }) => failed.has(failure.target));
    const appliedBefore = failures.filter(({ failure }) => !failed.has(failure.target));
    await this.#settleApplied(appliedBefore.map(({ member }) => member));
    const isOwner = await batches.settleFailed(
      run,
      batch.id,
      returned.map(({ member, failure }) => ({
        member,
        destination: failed.get(failure.target)?.parked ? "parked" : "overlay",
      })),
    );
    if (!isOwner) throw new SupersededError();
    const { errors } = this.tally;
    for (const { failure } of returned.slice(0, MOST_ERRORS - errors.length)) {
      errors.push({ target: failure.target, error: failure.error });
    }
  }

  /**
   * A target under its older name may also be in this batch under its own, and a batch is applied to a
   * row once. So its views go back to the overlay under the right name, for the next batch.
   */
  async #deferAliases(aliases: Array<{ member: string; canonical: string }>): Promise<void> {
    if (aliases.length === 0) return;
    const { batches, ledger } = this.dependencies;
    const isOwner = await batches.settleFailed(
      this.run,
      this.batch.id,
      aliases.map(({ member, canonical }) => ({
        member,
        destination: "overlay",
        renamed: canonical,
      })),
    );
    if (!isOwner) throw new SupersededError();
    holdFence(await ledger.deferTargets(this.run, aliases.length));
    this.tally.deferred.push(...aliases.map(({ canonical }) => canonical));
    this.tally.total -= aliases.length;
  }
}
