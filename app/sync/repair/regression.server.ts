import { onRedis } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import type { AuditLog } from "~/accounts/audit.server";
import type { ViewKeys } from "~/sync/redis/view-keys";
import type { BooksReader } from "~/sync/balance/books.server";
import { isRegressed } from "~/sync/balance/books-state";
import type { Discards } from "./discards.server";
import type { PendingMembers } from "~/sync/redis/pending-members.server";
import type { OpenResult } from "~/sync/engine/ports";
import { RedisBatchStore } from "~/sync/redis/redis-batch-store.server";
import { SupersededError } from "~/sync/engine/sync-errors";
import type { RunDependencies } from "~/sync/engine/run-dependencies";
import { SyncRun } from "~/sync/engine/sync-run";

export interface RegressionDecision {
  /** Keep the overlay, whose views may be counted twice, or discard it. */
  choice: "keep" | "discard";
  reason: string;
  /** The admin's e-mail address. */
  actor: string;
}

export type RegressionOutcome =
  /** `discarded` is 0 when the overlay was kept. */
  | { kind: "resolved"; run: string; discarded: number }
  /** A run is active: nothing was done. */
  | { kind: "busy"; run: string }
  /** A discard is not booked yet, and would be counted wrongly: to be decided again in a minute. */
  | { kind: "discarding" }
  /** There is nothing to decide, any more or at all. */
  | { kind: "not-regressed" };

/** Targets that one discard takes out. */
const DISCARD_STEP = 1_000;
/** How often opening the books is tried because of discards that go on meanwhile. */
const MOST_REOPENINGS = 5;
/** Milliseconds in between: a discard takes a few round trips. */
const DISCARD_WAIT = 100;

/**
 * Adopts the batch that a regressed Redis still has open, whatever PostgreSQL has seen since. That is
 * safe: rows that carry this batch or a later one are not changed again.
 */
class RegressedBatchStore extends RedisBatchStore {
  override open(run: string): Promise<OpenResult> {
    return super.open(run, 0, "adopt");
  }
}

/**
 * Carries out what an admin decided after Redis had lost a batch that it had acknowledged. Every step can
 * be repeated, and the regression lasts until the last one: after a crash the admin is asked again, and
 * what was done by then stays done.
 */
export class RegressionRepair {
  readonly #sync: RunDependencies;
  readonly #discards: Discards;
  readonly #members: PendingMembers;
  readonly #books: BooksReader;
  readonly #audit: AuditLog;
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;

  constructor(dependencies: {
    sync: RunDependencies;
    discards: Discards;
    members: PendingMembers;
    books: BooksReader;
    audit: AuditLog;
    redis: RedisClient;
    keys: ViewKeys;
  }) {
    this.#sync = dependencies.sync;
    this.#discards = dependencies.discards;
    this.#members = dependencies.members;
    this.#books = dependencies.books;
    this.#audit = dependencies.audit;
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
  }

  /**
   * Takes the lock of the runs while it works, and so shows up in their history.
   * @throws DependencyError, SupersededError; then the decision has to be made again
   */
  async resolve(decision: RegressionDecision): Promise<RegressionOutcome> {
    if (!isRegressed(await this.#books.read())) return { kind: "not-regressed" };
    const { ledger, options, logger } = this.#sync;
    const begun = await ledger.begin({
      trigger: "flush",
      actor: decision.actor,
      targets: [],
      leaseSeconds: options.leaseSeconds,
      abandoned: [],
    });
    if (begun.kind === "busy") return begun;
    const { run } = begun;
    try {
      return await this.#resolve(run, decision);
    } catch (error) {
      const message = error instanceof Error ? error.message : "Unexpected error";
      logger.warn({ run, err: error }, "A regressed batch could not be resolved");
      await ledger.finish(run, { status: "failed", error: message }).catch(() => undefined);
      throw error;
    }
  }

  async #resolve(run: string, decision: RegressionDecision): Promise<RegressionOutcome> {
    const { ledger, logger } = this.#sync;
    const { choice, reason, actor } = decision;
    await this.#discards.finishUnfinished();
    const books = await this.#books.read();
    if (!isRegressed(books)) {
      await ledger.finish(run, { status: "empty" });
      return { kind: "not-regressed" };
    }
    if (await this.#isDiscarding()) return this.#endDiscarding(run);
    // Before anything is touched, so that a decision cannot be carried out without a trace.
    await this.#audit.record({
      actor,
      action: "regression",
      runId: run,
      details: { decision: choice, views: books.overlay },
    });
    const discarded = choice === "discard" ? await this.#discardOverlay(run, decision) : 0;
    const drained = await this.#drainOpenBatch(run);
    if (!(await this.#reopenBooks(run, books.lastBatch))) return this.#endDiscarding(run);
    const views = choice === "discard" ? discarded : books.overlay;
    const what =
      choice === "discard"
        ? `discarded the overlay of ${views} views`
        : `kept the overlay of ${views} views, which may be counted twice`;
    const warning = `Redis had lost a batch that it had acknowledged; ${actor} ${what}. Reason: ${reason}`;
    await this.#finish(run, drained, warning);
    logger.warn({ run, choice, views }, "A regressed batch was resolved");
    return { kind: "resolved", run, discarded };
  }

  /**
   * In pages, the largest first, and as many targets as there were: on a busy forum the overlay is never
   * empty, and what is counted from now on is worth keeping.
   */
  async #discardOverlay(run: string, { reason, actor }: RegressionDecision): Promise<number> {
    const { waiting } = await this.#members.sizes();
    let discarded = 0;
    for (let left = waiting; left > 0; left -= DISCARD_STEP) {
      const members = await this.#members.ranked(["waiting"], {
        direction: "desc",
        offset: 0,
        count: Math.min(left, DISCARD_STEP),
      });
      if (members.length === 0) break;
      const targets = members.map(({ member }) => member);
      const { views } = await this.#discards.discard({
        targets,
        from: "overlay",
        reason,
        actor,
      });
      discarded += views;
      await this.#holdLock(run);
    }
    return discarded;
  }

  /** Flushes what is left of a batch that is still open, so that no share of it is unaccounted for. */
  async #drainOpenBatch(run: string): Promise<SyncRun> {
    const dependencies = {
      ...this.#sync,
      batches: new RegressedBatchStore({ redis: this.#redis, keys: this.#keys }),
      options: { ...this.#sync.options, maxSeconds: undefined },
    };
    const sync = new SyncRun(run, dependencies, () => false);
    await sync.drainOpenBatch();
    return sync;
  }

  /**
   * Takes what both stores hold now as accepted. Again, if a discard was booked between the reading of
   * PostgreSQL and the opening; and not while one is booked but not forgotten, which both would count.
   * False when a discard stayed in the way.
   */
  async #reopenBooks(run: string, regressedBatch: number | undefined): Promise<boolean> {
    const { ledger, batches, clock } = this.#sync;
    if (!(await ledger.booksReopened(run, undefined)).fenced) throw new SupersededError();
    let seen = regressedBatch;
    for (let attempt = 1; attempt <= MOST_REOPENINGS; attempt += 1) {
      const books = await ledger.books();
      if (await this.#isDiscarding()) {
        await clock.sleep(DISCARD_WAIT);
        continue;
      }
      if (!(await batches.reopenBooks(books, seen))) throw new SupersededError();
      if ((await ledger.books()).discarded === books.discarded) return true;
      seen = books.lastBatch;
    }
    return seen !== regressedBatch;
  }

  async #finish(run: string, drained: SyncRun, warning: string): Promise<void> {
    const status = drained.errors.length > 0 ? "by-counters" : "succeeded";
    const ended = await this.#sync.ledger.finish(run, {
      status,
      warning: [...drained.warnings, warning].join(". "),
    });
    if (!ended.fenced) throw new SupersededError();
  }

  async #endDiscarding(run: string): Promise<RegressionOutcome> {
    const error = "A discard was not booked yet";
    await this.#sync.ledger.finish(run, { status: "failed", error });
    return { kind: "discarding" };
  }

  async #isDiscarding(): Promise<boolean> {
    const fields = await onRedis(() => this.#redis.hkeys(this.#keys.totals));
    return fields.some((field) => field.startsWith("discard:"));
  }

  async #holdLock(run: string): Promise<void> {
    if (!(await this.#sync.ledger.heartbeat(run)).fenced) throw new SupersededError();
  }
}
