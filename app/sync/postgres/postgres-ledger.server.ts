import type pg from "pg";
import { DependencyError, sqlState } from "~/platform/dependency-error.server";
import { runStatement } from "~/platform/postgres.server";
import * as statements from "./ledger-statements";
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
} from "~/sync/engine/ports";

/**
 * Written by hand: the driver looks at every character of every id, which takes as long as a tenth of the
 * statement. Valid ids hold nothing that would have to be escaped; the quotes keep one from being NULL.
 */
function idArray(entries: ChunkEntry[]): string {
  return entries.length === 0 ? "{}" : `{"${entries.map(({ topicId }) => topicId).join('","')}"}`;
}

function isTakenOver(error: unknown): boolean {
  return error instanceof DependencyError && sqlState(error.cause) === statements.TAKEN_OVER_CODE;
}

/** The run history, the persisted counts and the books in PostgreSQL. Wide integers arrive as text. */
export class PostgresLedger implements SyncLedger {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  async begin(run: NewRun): Promise<BeginResult> {
    const [row] = await runStatement<{ run: string | null; taken_over: string[] }>(
      this.#pool,
      statements.begin,
      [this.#daoSlug, run.trigger, run.actor, run.targets, run.leaseSeconds, run.abandoned],
    );
    if (row?.run) {
      return { kind: "started", run: row.run, takenOver: row.taken_over };
    }
    const [running] = await runStatement<{ id: string }>(this.#pool, statements.runningRun, [
      this.#daoSlug,
    ]);
    // It may have ended between the two statements; then the next attempt will get in.
    return running ? { kind: "busy", run: running.id } : this.begin(run);
  }

  async books(): Promise<BooksInDatabase> {
    const [row] = await runStatement<Record<string, string>>(this.#pool, statements.books, [
      this.#daoSlug,
    ]);
    return {
      applied: Number(row?.applied ?? 0),
      discarded: Number(row?.discarded ?? 0),
      lastBatch: Number(row?.last_batch_id ?? 0),
      batchApplied: Number(row?.batch_applied ?? 0),
    };
  }

  recordBatch(run: string, batch: OpenedBatch): Promise<Fenced<object>> {
    const recovered = batch.kind === "adopted" ? batch.size : 0;
    return this.#fenced(statements.recordBatch, [run, batch.id, batch.size, recovered]);
  }

  deferTargets(run: string, count: number): Promise<Fenced<object>> {
    return this.#fenced(statements.deferTargets, [run, count]);
  }

  heartbeat(run: string): Promise<Fenced<object>> {
    return this.#fenced(statements.heartbeat, [run]);
  }

  booksReopened(run: string, wipeWarning: string | undefined): Promise<Fenced<object>> {
    return this.#fenced(statements.booksReopened, [run, this.#daoSlug, wipeWarning ?? null]);
  }

  /** Throws the driver's own error: its SQLSTATE decides what becomes of the chunk. */
  async applyChunk(
    run: string,
    batch: { id: number; withParked: boolean },
    entries: ChunkEntry[],
  ): Promise<Fenced<{ applied: number }>> {
    const values = [
      run,
      this.#daoSlug,
      batch.id,
      idArray(entries),
      `{${entries.map(({ views }) => views).join()}}`,
      batch.withParked,
    ];
    try {
      const [row] = await runStatement<{ fenced: number; applied: number }>(
        this.#pool,
        statements.applyChunk,
        values,
      );
      return row?.fenced ? { fenced: true, applied: row.applied } : { fenced: false };
    } catch (error) {
      if (isTakenOver(error)) return { fenced: false };
      throw error;
    }
  }

  async recordFailures(
    run: string,
    batch: number,
    entries: FailedEntry[],
    parkAfter: number,
  ): Promise<Fenced<{ failed: Map<string, { parked: boolean }> }>> {
    const rows = await runStatement<{ fenced: number; target: string | null; parked: boolean }>(
      this.#pool,
      statements.recordFailures,
      [
        run,
        this.#daoSlug,
        batch,
        entries.map((entry) => entry.target),
        entries.map((entry) => entry.topicId ?? null),
        entries.map((entry) => entry.views ?? null),
        entries.map((entry) => entry.error),
        parkAfter,
      ],
    );
    if (!rows[0]?.fenced) return { fenced: false };
    const failed = new Map<string, { parked: boolean }>();
    for (const { target, parked } of rows) if (target !== null) failed.set(target, { parked });
    return { fenced: true, failed };
  }

  async finish(
    run: string,
    end: { status: EndStatus | "by-counters"; error?: string; warning?: string },
  ): Promise<Fenced<{ counters: RunCounters; status: EndStatus }>> {
    const [row] = await runStatement<{
      status: EndStatus;
      total: number;
      flushed: number;
      failed: number;
      views_flushed: string;
      recovered: number;
    }>(this.#pool, statements.finish, [run, end.status, end.error ?? null, end.warning ?? null]);
    if (!row) return { fenced: false };
    const { status, total, flushed, failed, recovered } = row;
    const counters = { total, flushed, failed, recovered, viewsFlushed: Number(row.views_flushed) };
    return { fenced: true, status, counters };
  }

  async #fenced(statement: string, values: unknown[]): Promise<Fenced<object>> {
    const rows = await runStatement(this.#pool, statement, values);
    return rows.length > 0 ? { fenced: true } : { fenced: false };
  }
}
