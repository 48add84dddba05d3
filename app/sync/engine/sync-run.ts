import type { TargetError } from "../postgres/postgres-ledger.server";
import type { OpenedBatch } from "../redis/redis-batch-store.server";
import { bisect } from "./bisect";
import { BatchDrain, noteErrors, noteStuck, type RunTally } from "./drain-batch";
import { Lease } from "./lease";
import { Patience } from "./patience";
import type { RunDependencies } from "./run-dependencies";
import { targetLabel } from "./sort-members";
import { RegressedError, SupersededError } from "../sync-errors";

export const WIPE_WARNING =
  "Redis had lost all its data; the books were opened anew from the persisted totals";
/**
 * How long a run searches for what holds its retries up. New views, which were not delayed yet, get more
 * time.
 */
const SEARCH_SECONDS = 8;
/** Milliseconds between two looks whether an admin wants the run to stop. */
const STOP_LOOK_MS = 1_000;
/** Old counters that a warning names. */
const MOST_PROBLEMS = 5;

/** One execution of a sync or a retry, between its `begin` and its `finish`. */
export class SyncRun {
  readonly warnings: string[] = [];
  readonly #lease: Lease;
  readonly #patience: Patience;
  readonly #startedAt: number;
  #lookedAt: number;
  #stoppedBy: string | undefined;
  readonly #tally: RunTally = { total: 0, done: 0, errors: [], renamed: [], stuck: new Map() };

  constructor(
    private readonly id: string,
    private readonly dependencies: RunDependencies,
    private readonly stopping: () => boolean,
  ) {
    this.#startedAt = dependencies.clock.now();
    this.#lookedAt = this.#startedAt;
    this.#lease = new Lease(id, dependencies);
    this.#patience = new Patience(SEARCH_SECONDS, dependencies.options);
  }

  get errors(): TargetError[] {
    return this.#tally.errors;
  }

  /**
   * Tries failing targets again, then drains the open batch, then a new one of everything that is pending.
   */
  async sync(): Promise<void> {
    await this.dependencies.oldDiscards.finish();
    await this.#adoptLegacyCounters();
    await this.#retryFailing();
    const open = await this.#open();
    if (!open || !(await this.#drain(open))) return;
    if (open.kind === "adopted") {
      if (await this.#mustStop()) return;
      const everything = await this.#open();
      if (everything && !(await this.#drain(everything))) return;
    }
    await this.retry(this.#tally.renamed);
  }

  /** Moves the kept views of these targets to their topics, as far as PostgreSQL takes them. */
  async retry(targets: string[]): Promise<void> {
    const { ledger, clock, options } = this.dependencies;
    for (let start = 0; start < targets.length; start += options.chunkSize) {
      if (start > 0 && (await this.#mustStop())) return;
      const chunk = targets.slice(start, start + options.chunkSize).map((target) => ({ target }));
      const { refused } = await bisect(chunk, {
        send: (part, limit) => {
          const names = part.map(({ target }) => target);
          return ledger.retryTargets(this.id, names, limit);
        },
        lease: this.#lease,
        clock,
        sample: Number(this.id),
        patience: this.#patience,
        mustStop: () => this.#mustStop(),
      });
      if (refused.length === 0) continue;
      noteStuck(this.#tally, refused);
      const errors = refused.map(({ entry, reason }) => ({ ...entry, error: reason }));
      await ledger.recordRetryFailures(this.id, errors);
      noteErrors(this.#tally, errors);
    }
  }

  async #retryFailing(): Promise<void> {
    const { ledger, options } = this.dependencies;
    const { chunkSize, parkAfter } = options;
    for (let after = ""; ;) {
      const targets = await ledger.failingTargets(after, chunkSize, parkAfter);
      await this.retry(targets);
      const last = targets.at(-1);
      if (last === undefined || targets.length < chunkSize) return;
      if ((await this.#whyStop()) !== undefined) return;
      after = last;
    }
  }

  /** Moves what another implementation has counted into the overlay, if one is configured. */
  async #adoptLegacyCounters(): Promise<void> {
    const { legacyCounters, logger } = this.dependencies;
    if (!legacyCounters) return;
    const sum = { counters: 0, views: 0 };
    const problems: string[] = [];
    for await (const { counters, views, leftAlone } of legacyCounters.adopt()) {
      sum.counters += counters;
      sum.views += views;
      problems.push(...leftAlone.map(({ key, reason }) => `${targetLabel(key)} ${reason}`));
      if (this.stopping()) break;
      await this.#lease.keep();
    }
    if (sum.counters > 0)
      logger.info({ run: this.id, ...sum }, "Adopted counters of the old scheme");
    if (problems.length === 0) return;
    const shown = problems.slice(0, MOST_PROBLEMS).join(", ");
    const more = problems.length > MOST_PROBLEMS ? ", and others" : "";
    this.#warn(`Counters of the old scheme were left alone: ${shown}${more}`);
  }

  /** Adopts or opens a batch. Where Redis knows no batch at all, its books are opened first. */
  async #open(): Promise<OpenedBatch | undefined> {
    const { batches, ledger } = this.dependencies;
    const highWater = await ledger.highWaterMark();
    let result = await batches.open(highWater);
    if (result.kind === "unopened") {
      const wipeWarning = highWater > 0 ? WIPE_WARNING : undefined;
      if (wipeWarning !== undefined) this.#warn(wipeWarning);
      const books = await ledger.reopenBooks(this.id, wipeWarning);
      const opened = await batches.reopenBooks(books, undefined, { dropOverlay: false });
      if (opened === undefined) throw new SupersededError();
      result = await batches.open(books.lastBatch);
    }
    if (result.kind === "regressed") throw new RegressedError(result.lastBatch, highWater);
    if (result.kind === "unopened") throw new SupersededError();
    if (result.quarantined) {
      this.#warn("A value of a wrong type stood where views are counted; it was moved aside");
    }
    return result.kind === "empty" ? undefined : result;
  }

  /** Whether the batch was drained to its end; false when the time is up. */
  #drain(batch: OpenedBatch): Promise<boolean> {
    const mustStop = () => this.#mustStop();
    return new BatchDrain(this.id, batch, this.dependencies, this.#tally, mustStop).drain();
  }

  async #whyStop(): Promise<string | undefined> {
    const { clock, ledger, options } = this.dependencies;
    const now = clock.now();
    const { maxSeconds } = options;
    if (this.stopping()) return "The server was stopping";
    if (maxSeconds !== undefined && now - this.#startedAt >= maxSeconds * 1_000) {
      return "The time limit was reached";
    }
    if (now - this.#lookedAt >= STOP_LOOK_MS) {
      this.#lookedAt = now;
      this.#stoppedBy ??= await ledger.stopRequestedBy(this.id);
    }
    return this.#stoppedBy === undefined ? undefined : `${this.#stoppedBy} stopped the run`;
  }

  async #mustStop(): Promise<boolean> {
    const why = await this.#whyStop();
    if (why === undefined) return false;
    const warning = `${why}; the rest is kept where it is, for the next run`;
    if (!this.warnings.includes(warning)) this.#warn(warning);
    return true;
  }

  #warn(warning: string): void {
    this.warnings.push(warning);
    this.dependencies.logger.warn({ run: this.id }, warning);
  }
}
