import type { AuditLog } from "~/accounts/audit.server";
import { isRegressed, type BooksReader } from "../balance/books.server";
import type { RunDependencies } from "../engine/run-dependencies";
import { SupersededError } from "../sync-errors";

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
  /** A sync is running: nothing was done. */
  | { kind: "busy"; run: string }
  /** There is nothing to decide, or no longer. */
  | { kind: "not-regressed" };

type Dependencies = Pick<RunDependencies, "ledger" | "batches" | "logger" | "options"> & {
  books: BooksReader;
  audit: AuditLog;
};

/**
 * Carries out what an admin decided after Redis had lost a batch that it had acknowledged. Only its
 * last step, one script, changes Redis; after a crash before it the admin has to decide again.
 */
export class RegressionRepair {
  constructor(private readonly dependencies: Dependencies) {}

  /**
   * Takes the lock of the runs while it works, and so shows up in their history.
   * @throws DependencyError, SupersededError; then the decision has to be made again
   */
  async resolve(decision: RegressionDecision): Promise<RegressionOutcome> {
    const { books, ledger, options, logger } = this.dependencies;
    if (!isRegressed(await books.read())) return { kind: "not-regressed" };
    const { actor } = decision;
    const begun = await ledger.begin({ trigger: "flush", actor }, options.leaseSeconds);
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
    const { books, ledger, batches, audit, logger } = this.dependencies;
    const { choice, reason, actor } = decision;
    const before = await books.read();
    if (!isRegressed(before)) {
      await ledger.finish(run, { status: "empty" });
      return { kind: "not-regressed" };
    }
    // First, so that no decision is carried out without an entry in the audit log.
    await audit.record({
      actor,
      action: "regression",
      runId: run,
      details: { decision: choice, views: before.overlay, reason },
    });
    const reopened = await ledger.reopenBooks(run, undefined);
    const forgotten = await batches.reopenBooks(reopened, before.lastBatch, {
      dropOverlay: choice === "discard",
    });
    if (forgotten === undefined) throw new SupersededError();
    const what =
      choice === "discard"
        ? `discarded the overlay of ${forgotten} views`
        : `kept the overlay of ${before.overlay} views, which may be counted twice`;
    const warning = `Redis had lost a batch that it had acknowledged; ${actor} ${what}. Reason: ${reason}`;
    await ledger.finish(run, { status: "succeeded", warning });
    logger.warn({ run, choice, views: before.overlay }, "A regressed batch was resolved");
    return { kind: "resolved", run, discarded: forgotten };
  }
}
