import type pg from "pg";
import { DependencyError, sqlState } from "~/platform/dependency-error.server";
import type { StatementLimit } from "~/platform/limited-statement.server";
import { runStatement } from "~/platform/postgres.server";
import { SupersededError } from "../sync-errors";
import * as statements from "./ledger-statements";

/** `cron` and `flush` (an admin) sync everything; `retry` moves chosen views within PostgreSQL, beside any sync. */
export type RunTrigger = "cron" | "flush" | "retry";
export type EndStatus = "succeeded" | "partial" | "failed" | "interrupted" | "empty";

export interface SyncRequest {
  trigger: RunTrigger;
  /** `cron`, or the e-mail address of the user who asked, whom the audit log names. */
  actor: string;
  /** What a retry moves out of `failed_targets`; a sync takes everything. */
  targets?: string[];
}

export interface ChunkEntry {
  /** Its printable name. */
  target: string;
  topicId: string;
  views: number;
}

/** A target and why PostgreSQL refused it. */
export interface TargetError {
  target: string;
  error: string;
}

export interface FailedEntry extends TargetError {
  /** Null for a name that no topic can have. */
  topicId: string | null;
  views: number;
}

export interface RunCounters {
  /** Targets: each that a batch brought, and each failing one that was tried again. */
  total: number;
  flushed: number;
  failed: number;
  viewsFlushed: number;
  recovered: number;
}

/** The books of a DAO in PostgreSQL. All numbers are views unless they say otherwise. */
export interface BooksInDatabase {
  applied: number;
  discarded: number;
  /** Kept in `failed_targets`, under names that a topic can have. */
  kept: number;
  /** Counted under an older name, and not included in what Redis has accepted. */
  adopted: number;
  /** The highest batch id that PostgreSQL has seen. */
  lastBatch: number;
  /** Views taken of that batch so far. */
  batchTaken: number;
}

/**
 * An array literal, written by hand: the driver would inspect every character of every id, which takes a
 * tenth of the statement's time. Valid ids need no escaping; the quotes keep an id that spells NULL from
 * becoming one.
 */
function idArray(entries: ChunkEntry[]): string {
  return entries.length === 0 ? "{}" : `{"${entries.map(({ topicId }) => topicId).join('","')}"}`;
}

/**
 * The run history, the persisted counts, the failing targets and the books. Each method is one statement of
 * `ledger-statements.ts`, and may be repeated. It throws `DependencyError` when PostgreSQL is away, in which
 * case the step may or may not have happened; and, where its statement has a fence, `SupersededError` when
 * the run is no longer `running`, in which case nothing has changed.
 */
export class PostgresLedger {
  constructor(private readonly dependencies: { pool: pg.Pool; daoSlug: string }) {}

  /** @param abandoned runs that this process has ended but could not mark as ended */
  async begin(
    { trigger, actor, targets = [] }: SyncRequest,
    leaseSeconds: number,
    abandoned: string[] = [],
  ): Promise<
    { kind: "started"; run: string; takenOver: string[] } | { kind: "busy"; run: string }
  > {
    const { daoSlug } = this.dependencies;
    const values = [daoSlug, trigger, actor, targets, leaseSeconds, abandoned];
    const [row] = await this.#send<{ run: string | null; taken_over: string[] }>(
      statements.begin,
      values,
    );
    if (row?.run) return { kind: "started", run: row.run, takenOver: row.taken_over };
    const [running] = await this.#send<{ id: string }>(statements.runningSync, [daoSlug]);
    // The other run may have ended between the two statements; then the next attempt succeeds.
    if (running) return { kind: "busy", run: running.id };
    return this.begin({ trigger, actor, targets }, leaseSeconds, abandoned);
  }

  /** The highest batch id that PostgreSQL has seen, read right before every open. */
  async highWaterMark(): Promise<number> {
    const values = [this.dependencies.daoSlug];
    const [row] = await this.#send<{ last_batch_id: string }>(statements.highWaterMark, values);
    return Number(row?.last_batch_id ?? 0);
  }

  /** Notes a batch in the run. Returns the rank before which every member is taken. */
  async recordBatch(
    run: string,
    batch: { kind: "opened" | "adopted"; id: number; size: number },
  ): Promise<number> {
    const row = await this.#fenced<{ batch_offset: number }>(statements.recordBatch, [
      run,
      this.dependencies.daoSlug,
      batch.id,
      batch.size,
      batch.kind === "adopted",
    ]);
    return row.batch_offset;
  }

  /** The others. This only saves work: what is taken stays as it is when it is applied again. */
  async leaveOutTaken(run: string, batch: number, entries: ChunkEntry[]): Promise<ChunkEntry[]> {
    const row = await this.#fenced<{ topic_ids: string[] | null }>(statements.leaveOutTaken, [
      run,
      this.dependencies.daoSlug,
      batch,
      idArray(entries),
    ]);
    const taken = new Set(row.topic_ids);
    return entries.filter(({ topicId }) => !taken.has(topicId));
  }

  /** Keeps the lease while nothing commits. */
  async heartbeat(run: string): Promise<void> {
    await this.#fenced(statements.heartbeat, [run]);
  }

  /** Which admin wants the run to end after its current chunk; undefined when nobody does. */
  async stopRequestedBy(run: string): Promise<string | undefined> {
    const [row] = await this.#send<{ stop_requested_by: string | null }>(
      statements.stopRequestedBy,
      [run],
    );
    return row?.stop_requested_by ?? undefined;
  }

  reopenBooks(run: string, wipeWarning: string | undefined): Promise<BooksInDatabase> {
    const values = [run, this.dependencies.daoSlug, wipeWarning ?? null];
    return this.#fenced(statements.reopenBooks, values);
  }

  async applyChunk(
    run: string,
    batch: number,
    entries: ChunkEntry[],
    limit?: StatementLimit,
  ): Promise<void> {
    const views = `{${entries.map((entry) => entry.views).join()}}`;
    const values = [run, this.dependencies.daoSlug, batch, idArray(entries), views];
    await this.#fencedAtEnd(statements.applyChunk, values, limit);
  }

  /** Returns the targets that it has made fail, without those that are only kept under an older name. */
  async recordFailures(run: string, batch: number, entries: FailedEntry[]): Promise<Set<string>> {
    const row = await this.#fencedAtEnd<{ failed: string[] }>(statements.recordFailures, [
      run,
      this.dependencies.daoSlug,
      batch,
      entries.map(({ target }) => target),
      entries.map(({ topicId }) => topicId),
      entries.map(({ views }) => views),
      entries.map(({ error }) => error),
    ]);
    return new Set(row.failed);
  }

  /** Notes that every member before this rank is taken, so that a later run goes on there. */
  async moveOffset(run: string, batch: number, offset: number): Promise<void> {
    await this.#fenced(statements.moveOffset, [run, this.dependencies.daoSlug, batch, offset]);
  }

  /** Names of failing targets after `after`, in order: those with fewer than `parkAfter` failures. */
  async failingTargets(after: string, count: number, parkAfter: number): Promise<string[]> {
    const values = [this.dependencies.daoSlug, after, count, parkAfter];
    const rows = await this.#send<{ target: string }>(statements.failingTargets, values);
    return rows.map(({ target }) => target);
  }

  async retryTargets(run: string, targets: string[], limit?: StatementLimit): Promise<void> {
    await this.#send(statements.retryTargets, [run, this.dependencies.daoSlug, targets], limit);
  }

  /** Notes that PostgreSQL has refused them again. Leaves out those whose views have gone meanwhile. */
  async recordRetryFailures(run: string, errors: TargetError[]): Promise<void> {
    await this.#send(statements.recordRetryFailures, [
      run,
      this.dependencies.daoSlug,
      errors.map(({ target }) => target),
      errors.map(({ error }) => error),
    ]);
  }

  async finish(
    run: string,
    end: {
      status: EndStatus | "by-counters";
      error?: string | undefined;
      warning?: string | undefined;
    },
  ): Promise<{ status: EndStatus; counters: RunCounters }> {
    const { status, ...counters } = await this.#fenced<{ status: EndStatus } & RunCounters>(
      statements.finish,
      [run, this.dependencies.daoSlug, end.status, end.error ?? null, end.warning ?? null],
    );
    return { status, counters };
  }

  #send<Row extends pg.QueryResultRow>(
    statement: string,
    values: unknown[],
    limit?: StatementLimit,
  ): Promise<Row[]> {
    return runStatement<Row>(this.dependencies.pool, statement, values, limit);
  }

  async #fenced<Row extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<Row> {
    const [row] = await this.#send<Row>(statement, values);
    if (!row) throw new SupersededError();
    return row;
  }

  /** The run may have been taken over before the statement, or while it worked. */
  async #fencedAtEnd<Row extends pg.QueryResultRow>(
    statement: string,
    values: unknown[],
    limit?: StatementLimit,
  ): Promise<Row> {
    try {
      const [row] = await this.#send<Row & { fenced: number }>(statement, values, limit);
      if (!row?.fenced) throw new SupersededError();
      return row;
    } catch (error) {
      const isTakenOver =
        error instanceof DependencyError && sqlState(error.cause) === statements.TAKEN_OVER_CODE;
      throw isTakenOver ? new SupersededError() : error;
    }
  }
}
