import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { RunsParams } from "~/lists/list-search";
import type { EndStatus, RunTrigger } from "~/sync/engine/ports";
import * as statements from "./run-history-statements";

/** A run as the dashboard shows it. Durations and ages are measured by the database's clock. */
export interface RunRecord {
  id: string;
  trigger: RunTrigger;
  actor: string;
  status: EndStatus | "running";
  startedAt: Date;
  finishedAt: Date | undefined;
  /** Up to its end, or up to now. */
  seconds: number;
  /** Since it ended; since its last sign of life while it runs. */
  ageSeconds: number;
  /** Targets. */
  total: number;
  flushed: number;
  failed: number;
  viewsFlushed: number;
  batch: string | undefined;
  /** Targets taken over from a run that did not finish. */
  recovered: number;
  error: string | undefined;
  warning: string | undefined;
  /** How many targets were chosen; 0 for a run over everything pending. */
  chosen: number;
}

export type RunFilter = Pick<RunsParams, "status" | "trigger" | "empty">;

export interface RunError {
  target: string;
  views: number | undefined;
  reason: string;
  at: Date;
}

export interface RunErrorGroup {
  reason: string;
  targets: number;
  /** Of these, the targets that are still failing. */
  stillFailing: number;
}

/** A chosen target of a run, with what tells what became of it. */
export interface ChosenTarget {
  target: string;
  /** Why it failed in this run, if it did. */
  reason: string | undefined;
  /** When its topic was last flushed, against this run. */
  flushed: "before" | "during" | "after" | undefined;
}

/** Reads the runs of a DAO. Every method throws `DependencyError` when PostgreSQL is away. */
export class RunHistory {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  async count(filter: RunFilter): Promise<number> {
    const [row] = await runStatement<{ count: number }>(
      this.#pool,
      statements.count,
      this.#values(filter),
    );
    return row?.count ?? 0;
  }

  /** Newest first. */
  async list(
    filter: RunFilter,
    { offset, count }: { offset: number; count: number },
  ): Promise<RunRecord[]> {
    const values = [...this.#values(filter), count, offset];
    return (await runStatement<statements.RunRow>(this.#pool, statements.list, values)).map(
      fromRow,
    );
  }

  async find(run: string): Promise<RunRecord | undefined> {
    const rows = await runStatement<statements.RunRow>(this.#pool, statements.find, [
      this.#daoSlug,
      run,
    ]);
    return rows[0] && fromRow(rows[0]);
  }

  /** Those of these runs that no cleanup has deleted. */
  async existing(runs: string[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const rows = await runStatement<{ id: string }>(this.#pool, statements.existing, [
      this.#daoSlug,
      runs,
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  /** The last run of this trigger, or of any. */
  async last(trigger: RunTrigger | "all"): Promise<RunRecord | undefined> {
    const filter = { status: "all", trigger, empty: "show" } as const;
    return (await this.list(filter, { offset: 0, count: 1 }))[0];
  }

  /** The last run that came to its end by itself. */
  async lastOutcome(): Promise<RunRecord | undefined> {
    const rows = await runStatement<statements.RunRow>(this.#pool, statements.lastOutcome, [
      this.#daoSlug,
    ]);
    return rows[0] && fromRow(rows[0]);
  }

  /** The id of the run that is active. */
  async active(): Promise<string | undefined> {
    const [row] = await runStatement<{ id: string }>(this.#pool, statements.active, [
      this.#daoSlug,
    ]);
    return row?.id;
  }

  /** The runs before and after one. */
  async neighbours(
    run: string,
  ): Promise<{ previous: string | undefined; next: string | undefined }> {
    const [row] = await runStatement<{ previous: string | null; next: string | null }>(
      this.#pool,
      statements.neighbours,
      [this.#daoSlug, run],
    );
    return { previous: row?.previous ?? undefined, next: row?.next ?? undefined };
  }

  /** Views flushed by the runs that started on each UTC day since `from` (YYYY-MM-DD). */
  async viewsPerDay(from: string): Promise<Map<string, number>> {
    const rows = await runStatement<{ day: string; views: string }>(
      this.#pool,
      statements.viewsPerDay,
      [this.#daoSlug, from],
    );
    return new Map(rows.map(({ day, views }) => [day, Number(views)]));
  }

  async errors(
    run: string,
    reason: string,
    { offset, count }: { offset: number; count: number },
  ): Promise<RunError[]> {
    const rows = await runStatement<{
      target: string;
      views: string | null;
      error: string;
      created_at: Date;
    }>(this.#pool, statements.errors, [run, reason, count, offset]);
    return rows.map(({ target, views, error, created_at }) => ({
      target,
      views: views === null ? undefined : Number(views),
      reason: error,
      at: created_at,
    }));
  }

  /**
   * The errors that are still recorded, those of them with this reason (any when empty), and the targets of
   * the run that are still failing.
   */
  async errorCounts(
    run: string,
    reason: string,
  ): Promise<{ recorded: number; matching: number; stillFailing: number }> {
    const [row] = await runStatement<{ recorded: number; matching: number; still_failing: number }>(
      this.#pool,
      statements.errorCounts,
      [this.#daoSlug, run, reason],
    );
    const { recorded = 0, matching = 0, still_failing: stillFailing = 0 } = row ?? {};
    return { recorded, matching, stillFailing };
  }

  /** The most frequent reasons first. */
  async errorGroups(run: string): Promise<RunErrorGroup[]> {
    const rows = await runStatement<{ error: string; targets: number; still_failing: number }>(
      this.#pool,
      statements.errorGroups,
      [this.#daoSlug, run],
    );
    return rows.map(({ error, targets, still_failing }) => ({
      reason: error,
      targets,
      stillFailing: still_failing,
    }));
  }

  /** Names of the targets that failed in this run and still do. */
  async stillFailing(run: string): Promise<string[]> {
    const rows = await runStatement<{ target: string }>(this.#pool, statements.stillFailing, [
      this.#daoSlug,
      run,
    ]);
    return rows.map(({ target }) => target);
  }

  /** In the order in which they were chosen. */
  async chosen(
    run: string,
    { offset, count }: { offset: number; count: number },
  ): Promise<ChosenTarget[]> {
    const rows = await runStatement<{
      target: string;
      error: string | null;
      flushed: ChosenTarget["flushed"] | null;
    }>(this.#pool, statements.chosen, [this.#daoSlug, run, count, offset]);
    return rows.map(({ target, error, flushed }) => ({
      target,
      reason: error ?? undefined,
      flushed: flushed ?? undefined,
    }));
  }

  #values({ status, trigger, empty }: RunFilter): unknown[] {
    return [this.#daoSlug, status, trigger, empty];
  }
}

function fromRow(row: statements.RunRow): RunRecord {
  return {
    id: row.id,
    trigger: row.trigger,
    actor: row.actor,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    seconds: row.seconds,
    ageSeconds: row.age_seconds,
    total: row.total,
    flushed: row.flushed,
    failed: row.failed,
    viewsFlushed: Number(row.views_flushed),
    batch: row.batch_id ?? undefined,
    recovered: row.recovered,
    error: row.error ?? undefined,
    warning: row.warning ?? undefined,
    chosen: row.chosen,
  };
}
