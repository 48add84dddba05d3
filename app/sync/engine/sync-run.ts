import { BatchDrain, type RunTally } from "./drain-batch";
import { Lease } from "./lease";
import type { BooksInDatabase, OpenedBatch, OpenResult } from "./ports";
import type { RunDependencies, TargetError } from "./run-dependencies";
import { targetLabel } from "./sort-members";
import { holdFence, RegressedError, SupersededError } from "./sync-errors";

const WIPE_WARNING =
  "Redis had lost all its data; the books were opened anew from the persisted totals";
/** Chosen targets claimed by one script call. */
const CLAIM_STEP = 500;
/** Old counters that a warning names. */
const MOST_PROBLEMS = 5;

/** One execution of a sync, between its `begin` and its `finish`. */
export class SyncRun {
  readonly warnings: string[] = [];
  readonly #startedAt: number;
  readonly #tally: RunTally = { total: 0, flushed: 0, errors: [], deferred: [] };

  constructor(
    private readonly id: string,
    private readonly dependencies: RunDependencies,
    private readonly stopping: () => boolean,
  ) {
    this.#startedAt = dependencies.clock.now();
  }

  get errors(): TargetError[] {
    return this.#tally.errors;
  }

  /** Moves what another implementation has counted into the overlay; does nothing where there is none. */
  async adoptLegacyCounters(): Promise<void> {
    const { legacyCounters, ledger, clock, logger, options } = this.dependencies;
    if (!legacyCounters) return;
    const sum = { counters: 0, views: 0 };
    const problems: string[] = [];
    const lease = new Lease({ ledger, clock, run: this.id, leaseSeconds: options.leaseSeconds });
    for await (const { counters, views, leftAlone } of legacyCounters.adopt()) {
      sum.counters += counters;
      sum.views += views;
      problems.push(...leftAlone.map(({ key, reason }) => `${targetLabel(key)} ${reason}`));
      if (this.stopping()) break;
      await lease.keep();
    }
    if (sum.counters > 0)
      logger.info({ run: this.id, ...sum }, "Adopted counters of the old scheme");
    if (problems.length === 0) return;
    const shown = problems.slice(0, MOST_PROBLEMS).join(", ");
    const more = problems.length > MOST_PROBLEMS ? ", and others" : "";
    this.#warn(`Counters of the old scheme were left alone: ${shown}${more}`);
  }

  /** Drains the batch that is open, then one of everything that is pending. */
  async flushEverything(): Promise<void> {
    const open = await this.#open("claim");
    await this.#reconcileFailures();
    if (!open || !(await this.#drain(open))) return;
    if (open.kind === "adopted") {
      if (this.#mustStop()) return;
      this.#tally.deferred = [];
      const everything = await this.#open("claim");
      if (everything && !(await this.#drain(everything))) return;
    }
    await this.#flushDeferred();
  }

  /** Drains the batch that is open, then one of just these targets, with their parked views. */
  async flushTargets(targets: string[]): Promise<void> {
    if (!(await this.drainOpenBatch())) return;
    if (await this.#flushChosen("parked", targets)) await this.#flushDeferred();
  }

  /** Drains the batch that is open, and claims none. Whether there is time for another one. */
  async drainOpenBatch(): Promise<boolean> {
    const open = await this.#open("adopt");
    await this.#reconcileFailures();
    return !open || ((await this.#drain(open)) && !this.#mustStop());
  }

  /** Only once no older run owns a batch any more, which it could still give back. */
  async #reconcileFailures(): Promise<void> {
    if (!(await this.dependencies.failures.reconcile(this.id))) throw new SupersededError();
  }

  async #flushDeferred(): Promise<void> {
    if (this.#tally.deferred.length === 0 || this.#mustStop()) return;
    await this.#flushChosen("overlay", this.#tally.deferred);
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
    let books = await this.dependencies.ledger.books();
    let result = await attempt(books.lastBatch);
    if (result.kind === "unopened") {
      // Again: a discard may have been booked just before Redis lost what it knew of it.
      books = await this.dependencies.ledger.books();
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
    const wipeWarning = books.lastBatch > 0 ? WIPE_WARNING : undefined;
    if (wipeWarning !== undefined) this.#warn(wipeWarning);
    holdFence(await ledger.booksReopened(this.id, wipeWarning));
    if (!(await batches.reopenBooks(books, undefined))) throw new SupersededError();
  }

  /** Whether the batch was drained to its end; false when the time is up. */
  #drain(batch: OpenedBatch): Promise<boolean> {
    return new BatchDrain(this.id, batch, this.dependencies, this.#tally).drain(() =>
      this.#mustStop(),
    );
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
