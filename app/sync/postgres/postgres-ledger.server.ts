import type pg from "pg";
import { DependencyError, sqlState } from "~/platform/dependency-error.server";
import type { StatementLimit } from "~/platform/limited-statement.server";
import { runStatement } from "~/platform/postgres.server";
import type {
  BeginResult,
  BooksInDatabase,
  ChunkEntry,
  EndStatus,
  FailedEntry,
  Fenced,
  NewRun,
  OpenedBatch,
  RunCounters,
  SyncLedger,
  TargetError,
} from "../engine/ports";
import * as statements from "./ledger-statements";

/**
 * An array literal, written by hand: the driver would inspect every character of every id, which takes a
 * tenth of the statement's time. Valid ids need no escaping; the quotes keep an id that spells NULL from
 * becoming one.
 */
function idArray(entries: ChunkEntry[]): string {
  return entries.length === 0 ? "{}" : `{"${entries.map(({ topicId }) => topicId).join('","')}"}`;
}

/** The run history, the persisted counts, the failing targets and the books. Wide integers arrive as text. */
export class PostgresLedger implements SyncLedger {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  async begin(run: NewRun): Promise<BeginResult> {
    const [row] = await this.#send<{ run: string | null; taken_over: string[] }>(statements.begin, [
      this.#daoSlug,
      run.trigger,
      run.actor,
      run.targets,
      run.leaseSeconds,
      run.abandoned,
    ]);
    if (row?.run) return { kind: "started", run: row.run, takenOver: row.taken_over };
    const [running] = await this.#send<{ id: string }>(statements.runningSync, [this.#daoSlug]);
    // The other run may have ended between the two statements; then the next attempt succeeds.
    return running ? { kind: "busy", run: running.id } : this.begin(run);
  }

  async highWaterMark(): Promise<number> {
    const [row] = await this.#send<{ last_batch_id: string }>(statements.highWaterMark, [
      this.#daoSlug,
    ]);
    return Number(row?.last_batch_id ?? 0);
  }

  async recordBatch(run: string, batch: OpenedBatch): Promise<Fenced<{ offset: number }>> {
    const [row] = await this.#send<{ batch_offset: number }>(statements.recordBatch, [
      run,
      this.#daoSlug,
      batch.id,
      batch.size,
      batch.kind === "adopted",
    ]);
    return row ? { fenced: true, offset: row.batch_offset } : { fenced: false };
  }

  async leaveOutTaken(
    run: string,
    batch: number,
    entries: ChunkEntry[],
  ): Promise<Fenced<{ left: ChunkEntry[] }>> {
    const values = [run, this.#daoSlug, batch, idArray(entries)];
    const [row] = await this.#send<{ topic_ids: string[] | null }>(
      statements.leaveOutTaken,
      values,
    );
    if (!row) return { fenced: false };
    const taken = new Set(row.topic_ids);
    return { fenced: true, left: entries.filter(({ topicId }) => !taken.has(topicId)) };
  }

  heartbeat(run: string): Promise<Fenced<object>> {
    return this.#fenced(statements.heartbeat, [run]);
  }

  async stopRequestedBy(run: string): Promise<string | undefined> {
    const [row] = await this.#send<{ stop_requested_by: string | null }>(
      statements.stopRequestedBy,
      [run],
    );
    return row?.stop_requested_by ?? undefined;
  }

  async reopenBooks(
    run: string,
    wipeWarning: string | undefined,
  ): Promise<Fenced<{ books: BooksInDatabase }>> {
    const [row] = await this.#send<Record<string, string>>(statements.reopenBooks, [
      run,
      this.#daoSlug,
      wipeWarning ?? null,
    ]);
    if (!row) return { fenced: false };
    const books = {
      applied: Number(row.applied),
      discarded: Number(row.discarded),
      kept: Number(row.kept),
      adopted: Number(row.adopted),
      lastBatch: Number(row.last_batch_id),
      batchTaken: Number(row.batch_taken),
    };
    return { fenced: true, books };
  }

  async applyChunk(
    run: string,
    batch: number,
    entries: ChunkEntry[],
    limit?: StatementLimit,
  ): Promise<Fenced<object>> {
    const views = `{${entries.map((entry) => entry.views).join()}}`;
    const values = [run, this.#daoSlug, batch, idArray(entries), views];
    const row = await this.#sendFencedAtEnd<object>(statements.applyChunk, values, limit);
    return row ? { fenced: true } : { fenced: false };
  }

  async recordFailures(
    run: string,
    batch: number,
    entries: FailedEntry[],
  ): Promise<Fenced<{ failed: Set<string> }>> {
    const row = await this.#sendFencedAtEnd<{ failed: string[] }>(statements.recordFailures, [
      run,
      this.#daoSlug,
      batch,
      entries.map(({ target }) => target),
      entries.map(({ topicId }) => topicId),
      entries.map(({ views }) => views),
      entries.map(({ error }) => error),
    ]);
    return row ? { fenced: true, failed: new Set(row.failed) } : { fenced: false };
  }

  moveOffset(run: string, batch: number, offset: number): Promise<Fenced<object>> {
    return this.#fenced(statements.moveOffset, [run, this.#daoSlug, batch, offset]);
  }

  async failingTargets(after: string, count: number, parkAfter: number): Promise<string[]> {
    const values = [this.#daoSlug, after, count, parkAfter];
    const rows = await this.#send<{ target: string }>(statements.failingTargets, values);
    return rows.map(({ target }) => target);
  }

  async retryTargets(run: string, targets: string[], limit?: StatementLimit): Promise<void> {
    await this.#send(statements.retryTargets, [run, this.#daoSlug, targets], limit);
  }

  async recordRetryFailures(run: string, errors: TargetError[]): Promise<void> {
    await this.#send(statements.recordRetryFailures, [
      run,
      this.#daoSlug,
      errors.map(({ target }) => target),
      errors.map(({ error }) => error),
    ]);
  }

  async finish(
    run: string,
    end: { status: EndStatus | "by-counters"; error?: string; warning?: string },
  ): Promise<Fenced<{ counters: RunCounters; status: EndStatus }>> {
    const [row] = await this.#send<{
      status: EndStatus;
      total: number;
      flushed: number;
      failed: number;
      views_flushed: string;
      recovered: number;
    }>(statements.finish, [run, this.#daoSlug, end.status, end.error ?? null, end.warning ?? null]);
    if (!row) return { fenced: false };
    const { status, total, flushed, failed, recovered } = row;
    const counters = { total, flushed, failed, recovered, viewsFlushed: Number(row.views_flushed) };
    return { fenced: true, status, counters };
  }

  #send<Row extends pg.QueryResultRow>(
    statement: string,
    values: unknown[],
    limit?: StatementLimit,
  ): Promise<Row[]> {
    return runStatement<Row>(this.#pool, statement, values, limit);
  }

  async #fenced(statement: string, values: unknown[]): Promise<Fenced<object>> {
    const rows = await this.#send(statement, values);
    return rows.length > 0 ? { fenced: true } : { fenced: false };
  }

  /** Undefined when the run was taken over, before the statement or while it worked. */
  async #sendFencedAtEnd<Row>(
    statement: string,
    values: unknown[],
    limit?: StatementLimit,
  ): Promise<Row | undefined> {
    try {
      const [row] = await this.#send<Row & { fenced: number }>(statement, values, limit);
      return row?.fenced ? row : undefined;
    } catch (error) {
      const isTakenOver =
        error instanceof DependencyError && sqlState(error.cause) === statements.TAKEN_OVER_CODE;
      if (isTakenOver) return undefined;
      throw error;
    }
  }
}
