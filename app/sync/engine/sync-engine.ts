import { DependencyError } from "~/platform/dependency-error.server";
import type {
  EndStatus,
  RunCounters,
  SyncRequest,
  TargetError,
} from "../postgres/postgres-ledger.server";
import { RegressedError, StoppingError, SupersededError } from "../sync-errors";
import type { RunDependencies } from "./run-dependencies";
import { SyncRun } from "./sync-run";

export interface RunOutcome {
  run: string;
  status: EndStatus;
  counters: RunCounters;
  /** At most 1,000; `sync_run_targets` has all of them. */
  errors: TargetError[];
  /** Set when the run could not do its work; safe to show. */
  failure: string | undefined;
}

export type StartResult =
  { kind: "started"; run: string; finished: Promise<RunOutcome> } | { kind: "busy"; run: string };

const noCounters: RunCounters = { total: 0, flushed: 0, failed: 0, viewsFlushed: 0, recovered: 0 };

/**
 * Runs syncs, one at a time for a DAO however many processes there are: the row in `sync_runs` is the
 * lock. Retries need none. The protocol and why each of its steps is there: docs/decisions/0009-a-claimed-batch-never-changes.md.
 */
export class SyncEngine {
  readonly #active = new Set<Promise<RunOutcome>>();
  readonly #abandoned = new Set<string>();
  #isStopping = false;

  constructor(private readonly dependencies: RunDependencies) {}

  /**
   * Begins a run and returns at once; `finished` never rejects.
   * @throws DependencyError when PostgreSQL is away; StoppingError when the process is
   */
  async start(request: SyncRequest): Promise<StartResult> {
    if (this.#isStopping) throw new StoppingError();
    const { ledger, logger, options } = this.dependencies;
    const abandoned = [...this.#abandoned];
    const begun = await ledger.begin(request, options.leaseSeconds, abandoned);
    if (begun.kind === "busy") return begun;
    for (const run of abandoned) this.#abandoned.delete(run);
    logger.info(
      { run: begun.run, trigger: request.trigger, takenOver: begun.takenOver },
      "Starting Redis -> Postgres view sync...",
    );
    const finished = this.#execute(begun.run, request);
    this.#active.add(finished);
    void finished.finally(() => this.#active.delete(finished));
    return { kind: "started", run: begun.run, finished };
  }

  /** Ends the runs of this process after their current chunk, and waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#active);
  }

  async #execute(id: string, { trigger, targets }: SyncRequest): Promise<RunOutcome> {
    const { clock, runEnded } = this.dependencies;
    const startedAt = clock.now();
    const run = new SyncRun(id, this.dependencies, () => this.#isStopping);
    let failure: string | undefined;
    try {
      await (targets ? run.retry(targets) : run.sync());
    } catch (error) {
      failure = this.#describe(id, error);
    }
    const outcome = await this.#finish(id, run, failure);
    const { status, counters } = outcome;
    const seconds = (clock.now() - startedAt) / 1_000;
    runEnded?.({ trigger, status, seconds, targets: counters.total });
    return outcome;
  }

  #describe(run: string, error: unknown): string {
    const { logger } = this.dependencies;
    const isExpected =
      error instanceof DependencyError ||
      error instanceof SupersededError ||
      error instanceof RegressedError;
    if (isExpected) logger.warn({ run, err: error }, "The sync could not be completed");
    else logger.error({ run, err: error }, "The sync failed unexpectedly");
    return isExpected ? error.message : "Unexpected error";
  }

  async #finish(id: string, run: SyncRun, failure: string | undefined): Promise<RunOutcome> {
    const { ledger, logger } = this.dependencies;
    const { errors, warnings } = run;
    const warning = warnings.length > 0 ? warnings.join(". ") : undefined;
    const status = failure === undefined ? "by-counters" : "failed";
    try {
      const ended = await ledger.finish(id, { status, error: failure, warning });
      const { flushed, failed } = ended.counters;
      if (failure === undefined) {
        logger.info({ run: id, flushed, errors: failed }, "Redis -> Postgres flush completed:");
      }
      return { run: id, ...ended, errors, failure };
    } catch (error) {
      const isTakenOver = error instanceof SupersededError;
      // The row still says `running`, so the next run of this process takes over without waiting for the
      // lease.
      if (!isTakenOver) this.#abandoned.add(id);
      failure ??= isTakenOver ? error.message : this.#describe(id, error);
      const outcome = isTakenOver ? "interrupted" : "failed";
      return { run: id, status: outcome, counters: noCounters, errors, failure };
    }
  }
}
