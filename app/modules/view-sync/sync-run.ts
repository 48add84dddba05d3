import type { Logger } from "pino";
import { applyBisecting } from "./apply-chunk";
import type {
  BatchMember,
  BatchStore,
  BooksInDatabase,
  Clock,
  FailedEntry,
  Fenced,
  OpenedBatch,
  OpenResult,
  SyncLedger,
} from "./ports";
import { sortMembers } from "./sort-members";
import { RegressedError, SupersededError } from "./sync-errors";

export interface SyncOptions {
  /** Targets that one statement applies. */
  chunkSize: number;
  /** Seconds without a heartbeat after which another run may take over. */
  leaseSeconds: number;
  /** Failures in a row after which a target is parked. */
  parkAfter: number;
  /** Seconds after which a run ends cleanly behind a chunk; no limit when undefined. */
  maxSeconds: number | undefined;
}

export interface RunDependencies {
  batches: BatchStore;
  ledger: SyncLedger;
  /** Discards that a crash left half done; every run finishes them first. */
  discards: { finishUnfinished(): Promise<number> };
  /** Makes the failed targets agree with what Redis holds; false when the run is not the running one. */
  failures: { reconcile(run: string): Promise<boolean> };
  clock: Clock;
  logger: Logger;
  options: SyncOptions;
}

export interface TargetError {
  target: string;
  error: string;
}

/** Errors kept for the answer; `sync_run_errors` has all of them. */
const MOST_ERRORS = 1_000;
/** Chosen targets claimed by one script call. */
const CLAIM_STEP = 500;

function holdFence<T>(result: Fenced<T>): { fenced: true } & T {
  if (!result.fenced) throw new SupersededError();
  return result;
}

/** One execution of a sync, between its `begin` and its `finish`. */
export class SyncRun {
  readonly errors: TargetError[] = [];
  readonly warnings: string[] = [];
  readonly #startedAt: number;
  #flushed = 0;
  #total = 0;
  #deferred: string[] = [];

  constructor(
    private readonly id: string,
    private readonly dependencies: RunDependencies,
    private readonly stopping: () => boolean,
  ) {
    this.#startedAt = dependencies.clock.now();
  }

  /** Drains the batch that is open, then one of everything that is pending. */
  async flushEverything(): Promise<void> {
    const open = await this.#open("claim");
    await this.#reconcileFailures();
    if (!open || !(await this.#drain(open))) return;
    if (open.kind === "adopted") {
      if (this.#mustStop()) return;
      this.#deferred = [];
      const everything = await this.#open("claim");
      if (everything && !(await this.#drain(everything))) return;
    }
    await this.#flushDeferred();
  }

  /** Drains the batch that is open, then one of just these targets, with their parked views. */
  async flushTargets(targets: string[]): Promise<void> {
    const open = await this.#open("adopt");
    await this.#reconcileFailures();
    if (open && (!(await this.#drain(open)) || this.#mustStop())) return;
    if (await this.#flushChosen("parked", targets)) await this.#flushDeferred();
  }

  /** Only once no older run owns a batch any more, which it could still give back. */
  async #reconcileFailures(): Promise<void> {
    if (!(await this.dependencies.failures.reconcile(this.id))) throw new SupersededError();
  }

  async #flushDeferred(): Promise<void> {
    if (this.#deferred.length === 0 || this.#mustStop()) return;
    await this.#flushChosen("overlay", this.#deferred);
  }

  /** Whether the batch of these targets was drained to its end. */
  async #flushChosen(from: "overlay" | "parked", targets: string[]): Promise<boolean> {
    const { batches, ledger } = this.dependencies;
    for (let start = 0; start < targets.length; start += CLAIM_STEP) {
      const step = targets.slice(start, start + CLAIM_STEP);
      await this.#claim((high) => batches.claimChosen(this.id, high, from, step));
      holdFence(await ledger.heartbeat(this.id));
    }
    const sealed = await this.#open("adopt");
    return sealed === undefined || this.#drain(sealed);
  }

  /**
   * A batch of a younger run means that this one was taken over, unless PostgreSQL says that it still is
   * the running one: then PostgreSQL was restored to a time before that run, and its numbers start over.
   */
  async #open(mode: "adopt" | "claim"): Promise<OpenedBatch | undefined> {
    const { batches, ledger } = this.dependencies;
    return this.#claim(async (highWater) => {
      const result = await batches.open(this.id, highWater, mode);
      if (result.kind !== "superseded") return result;
      holdFence(await ledger.heartbeat(this.id));
      return batches.open(this.id, highWater, mode, "force");
    });
  }

  /** Runs a claiming script; a Redis that knows no batch at all gets its books opened first. */
  async #claim(
    attempt: (highWater: number) => Promise<OpenResult>,
  ): Promise<OpenedBatch | undefined> {
    const books = await this.dependencies.ledger.books();
    let result = await attempt(books.lastBatch);
    if (result.kind === "unopened") {
      await this.#openBooks(books);
      result = await attempt(books.lastBatch);
    }
    if (result.kind === "regressed") {
      throw new RegressedError(result.lastBatch, books.lastBatch);
    }
    if (result.kind === "superseded" || result.kind === "unopened") throw new SupersededError();
    if (result.quarantined) {
      this.#warn("A value of a wrong type stood where views are counted; it was moved aside");
    }
    return result.kind === "empty" ? undefined : result;
  }

  async #openBooks(books: BooksInDatabase): Promise<void> {
    const { batches, ledger } = this.dependencies;
    const wiped = books.lastBatch > 0;
    if (wiped) {
      this.#warn(
        "Redis had lost all its data; the books were opened anew from the persisted totals",
      );
    }
    holdFence(await ledger.booksReopened(this.id, wiped));
    if (!(await batches.reopenBooks(books, undefined))) throw new SupersededError();
  }

  /** Whether the batch was drained to its end; false when the time is up. */
  async #drain(batch: OpenedBatch): Promise<boolean> {
    const { batches, ledger, logger, options } = this.dependencies;
    holdFence(await ledger.recordBatch(this.id, batch));
    this.#total += batch.size;
    logger.info(
      { run: this.id, batch: batch.id, recovered: batch.kind === "adopted" },
      `Flushing ${batch.size} Redis overlays to Postgres`,
    );
    for (let left = batch.size; ;) {
      const members = await batches.read(batch.id, 0, options.chunkSize);
      if (members.length === 0) break;
      left -= members.length;
      if (left < 0) throw new Error(`Batch ${batch.id} does not shrink while it is settled`);
      await this.#flushChunk(batch, members);
      logger.info({ run: this.id }, `Flushed ${this.#flushed}/${this.#total} targets...`);
      if (left > 0 && this.#mustStop()) return false;
    }
    if (!(await batches.close(this.id, batch.id))) throw new SupersededError();
    return true;
  }

  /** PostgreSQL first, its commit is the moment of truth; Redis is settled after it. */
  async #flushChunk(batch: OpenedBatch, members: BatchMember[]): Promise<void> {
    const { ledger, clock, options } = this.dependencies;
    const { applicable, aliases, malformed } = sortMembers(members);
    const refused = await applyBisecting(
      { ledger, clock, run: this.id, batch, leaseSeconds: options.leaseSeconds },
      applicable,
    );
    const refusedTargets = new Set(refused.map(({ entry }) => entry.target));
    const applied = applicable.filter(({ target }) => !refusedTargets.has(target));
    await this.#settleApplied(
      batch,
      applied.map(({ target }) => target),
    );
    await this.#settleFailures(batch, [
      ...malformed,
      ...refused.map(({ entry, reason }) => ({
        member: entry.target,
        failure: { ...entry, error: reason },
      })),
    ]);
    if (aliases.length > 0) await this.#deferAliases(batch, aliases);
  }

  async #settleApplied(batch: OpenedBatch, members: Array<string | Buffer>): Promise<void> {
    if (members.length === 0) return;
    const { batches } = this.dependencies;
    if (!(await batches.settleApplied(this.id, batch.id, members))) throw new SupersededError();
    this.#flushed += members.length;
  }

  async #settleFailures(
    batch: OpenedBatch,
    failures: Array<{ member: string | Buffer; failure: FailedEntry }>,
  ): Promise<void> {
    if (failures.length === 0) return;
    const { batches, ledger, options } = this.dependencies;
    const { failed } = holdFence(
      await ledger.recordFailures(
        this.id,
        batch.id,
        failures.map(({ failure }) => failure),
        options.parkAfter,
      ),
    );
    const returned = failures.filter(({ failure }) => failed.has(failure.target));
    const appliedBefore = failures.filter(({ failure }) => !failed.has(failure.target));
    await this.#settleApplied(
      batch,
      appliedBefore.map(({ member }) => member),
    );
    const isOwner = await batches.settleFailed(
      this.id,
      batch.id,
      returned.map(({ member, failure }) => ({
        member,
        destination: failed.get(failure.target)?.parked ? "parked" : "overlay",
      })),
    );
    if (!isOwner) throw new SupersededError();
    for (const { failure } of returned.slice(0, MOST_ERRORS - this.errors.length)) {
      this.errors.push({ target: failure.target, error: failure.error });
    }
  }

  /**
   * A target under its older name may also be in this batch under its own, and a batch is applied to a
   * row once. So its views go back to the overlay under the right name, for the next batch.
   */
  async #deferAliases(
    batch: OpenedBatch,
    aliases: Array<{ member: string; canonical: string }>,
  ): Promise<void> {
    const { batches, ledger } = this.dependencies;
    const isOwner = await batches.settleFailed(
      this.id,
      batch.id,
      aliases.map(({ member, canonical }) => ({
        member,
        destination: "overlay",
        renamed: canonical,
      })),
    );
    if (!isOwner) throw new SupersededError();
    holdFence(await ledger.deferTargets(this.id, aliases.length));
    this.#deferred.push(...aliases.map(({ canonical }) => canonical));
    this.#total -= aliases.length;
  }

  #mustStop(): boolean {
    const { clock, options } = this.dependencies;
    if (this.stopping()) {
      this.#warn("The server was stopping; the rest stays in the open batch for the next run");
      return true;
    }
    const seconds = (clock.now() - this.#startedAt) / 1_000;
    if (options.maxSeconds === undefined || seconds < options.maxSeconds) return false;
    this.#warn("The time limit was reached; the rest stays in the open batch for the next run");
    return true;
  }

  #warn(warning: string): void {
    this.warnings.push(warning);
    this.dependencies.logger.warn({ run: this.id }, warning);
  }
}
