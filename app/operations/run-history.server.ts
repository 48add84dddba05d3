import type pg from "pg";
import { isWithin } from "~/lists/moments";
import { isReasonCut, shownReason } from "./shown-reason";
import { runStatement } from "~/platform/postgres.server";
import type { RunsParams, TimeRange } from "~/lists/list-search";
import type { Slice } from "~/lists/paging";
import type { EndStatus, RunTrigger } from "~/sync/postgres/postgres-ledger.server";

/**
 * A run as the dashboard shows it. Durations and ages are measured by the database's clock. A run without a
 * heartbeat for longer than its lease is stalled: the next sync takes over from it.
 */
export interface Run {
  id: string;
  trigger: RunTrigger;
  /** `cron`, or the e-mail address of the user who asked. */
  actor: string;
  status: EndStatus | "running" | "stalled";
  startedAt: Date;
  finishedAt: Date | null;
  /** Until it ended, or until now. */
  seconds: number;
  /** Since it ended; while it runs, since its last heartbeat. */
  ageSeconds: number;
  /** Targets. */
  total: number;
  flushed: number;
  failed: number;
  /** Views flushed. */
  views: number;
  batch: string | null;
  /** Targets taken over from a run that did not finish. */
  recovered: number;
  /** Targets processed per second; null if there were none. */
  targetsPerSecond: number | null;
  error: string | null;
  warning: string | null;
  /** How many targets were chosen; 0 for a sync. */
  chosen: number;
  /** The admin who wants it to end. */
  stopRequestedBy: string | null;
}

export type RunFilter = Pick<RunsParams, "status" | "trigger" | "empty"> & Partial<TimeRange>;

export interface RunError {
  target: string;
  /** Null for a name that no topic can have. */
  topicId: string | null;
  /** Null if the score was no valid number of views. */
  views: number | null;
  reason: string;
  /** Whether the reason is longer than what is shown. */
  isCut: boolean;
  at: Date;
  isStillFailing: boolean;
}

/**
 * What became of a chosen target in its run:
 * - `flushed`, `failed`
 * - `nothing-kept`: PostgreSQL kept no views of it any more
 * - `in-progress`: the run is active
 * - `not-reached`: the run ended before it; its views are still kept
 * - `forgotten`: outcomes of the run are past their retention
 */
export interface ChosenTarget {
  target: string;
  topicId: string | null;
  result: "flushed" | "failed" | "nothing-kept" | "in-progress" | "not-reached" | "forgotten";
  views: number | null;
  /** Why it failed. */
  reason: string | null;
}

/** Characters of an error or a warning that pages show. */
const LONGEST_NOTE = 1_000;

const columns = `id, trigger, actor, shown_status AS status, started_at AS "startedAt", finished_at AS "finishedAt",
  took AS seconds,
  extract(epoch FROM clock_timestamp() - COALESCE(finished_at, heartbeat_at))::float8 AS "ageSeconds",
  total, flushed, failed, views_flushed::float8 AS views, batch_id AS batch, recovered,
  NULLIF(flushed + failed, 0) / NULLIF(took, 0) AS "targetsPerSecond",
  left(error, ${LONGEST_NOTE}) AS error, left(warning, ${LONGEST_NOTE}) AS warning,
  cardinality(targets) AS chosen, stop_requested_by AS "stopRequestedBy"`;

/** $2 lease in seconds. */
const runs = `sync_runs CROSS JOIN LATERAL (
  SELECT extract(epoch FROM COALESCE(finished_at, clock_timestamp()) - started_at)::float8 AS took,
    CASE WHEN status = 'running' AND heartbeat_at < clock_timestamp() - make_interval(secs => $2)
      THEN 'stalled' ELSE status::text END AS shown_status
) AS shown`;

/** $3 status, $4 trigger, $5 'hide' for runs that found nothing to do, $6 and $7 when they began. */
const matches = `($3 = 'all' OR shown_status = $3)
  AND ($4 = 'all' OR trigger = $4::run_trigger) AND ($5 <> 'hide' OR status <> 'empty')
  AND ${isWithin("started_at", "$6", "$7")}`;

/** The runs of which `last` returns the last. */
const amongRuns = {
  all: "true",
  sync: "trigger <> 'retry'",
  cron: "trigger = 'cron'",
  /** Syncs that were not interrupted; one that took over from another says how that one ended. */
  outcome: "trigger <> 'retry' AND status NOT IN ('running', 'interrupted')",
};

/** Errors of the run $2, each with its target if that is still failing. */
const errorsOfRun = `sync_run_targets AS outcome LEFT JOIN failed_targets AS failing
    ON failing.dao_slug = $1 AND failing.target = outcome.target AND failing.views > 0
  WHERE run_id = $2 AND error IS NOT NULL
    AND EXISTS (SELECT FROM sync_runs WHERE dao_slug = $1 AND id = $2)`;

/** The most reasons that are shown: those that quote a value can be as many as the targets. */
const MOST_GROUPS = 100;
const MOST_FAILED_RUNS = 10;
/** Rows of a download that are read at a time. */
const STEP = 1_000;
const LAST_ID = "9223372036854775807";

/** SQL for the id of the topic of a target. */
function topicOf(target: string): string {
  return `substring(${target} FROM '^forum_topic:([A-Za-z0-9_-]{1,100})$')`;
}

function isRunId(text: string): boolean {
  return /^[1-9]\d{0,17}$/.test(text);
}

/** Reads the runs of a DAO. Every method throws `DependencyError` when PostgreSQL is away. */
export class RunHistory {
  constructor(
    private readonly dependencies: { pool: pg.Pool; daoSlug: string; leaseSeconds: number },
  ) {}

  async count(filter: RunFilter): Promise<number> {
    const [row] = await this.#read<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${runs} WHERE dao_slug = $1 AND ${matches}`,
      this.dependencies.leaseSeconds,
      ...filterValues(filter),
    );
    return row!.count;
  }

  /** Newest first. */
  list(filter: RunFilter, { offset, pageSize }: Slice): Promise<Run[]> {
    const values = [...filterValues(filter), pageSize, offset];
    return this.#runs(`${matches} ORDER BY id DESC LIMIT $8 OFFSET $9`, ...values);
  }

  /** Everything that matches, in the same order. */
  async *all(filter: RunFilter): AsyncGenerator<Run[]> {
    const step = `${matches} AND id < $8 ORDER BY id DESC LIMIT ${STEP}`;
    for (let before = LAST_ID; ;) {
      const page = await this.#runs(step, ...filterValues(filter), before);
      if (page.length > 0) yield page;
      if (page.length < STEP) return;
      before = page.at(-1)!.id;
    }
  }

  async find(run: string): Promise<Run | undefined> {
    if (!isRunId(run)) return undefined;
    const [found] = await this.#runs("id = $3", run);
    return found;
  }

  async last(which: keyof typeof amongRuns): Promise<Run | undefined> {
    const [last] = await this.#runs(`${amongRuns[which]} ORDER BY id DESC LIMIT 1`);
    return last;
  }

  /** The id of the active sync. */
  async active(): Promise<string | null> {
    const [row] = await this.#read<{ id: string }>(
      `SELECT id FROM sync_runs WHERE dao_slug = $1 AND status = 'running' AND trigger <> 'retry'`,
    );
    return row?.id ?? null;
  }

  /** The runs before and after one. */
  async neighbours(run: string) {
    const [row] = await this.#read<{ previous: string | null; next: string | null }>(
      `SELECT (SELECT max(id) FROM sync_runs WHERE dao_slug = $1 AND id < $2) AS previous,
         (SELECT min(id) FROM sync_runs WHERE dao_slug = $1 AND id > $2) AS next`,
      run,
    );
    return row!;
  }

  /** Those with this reason, or all when it is empty. */
  errors(run: string, reason: string, { offset, pageSize }: Slice): Promise<RunError[]> {
    return this.#read(
      `SELECT outcome.target, ${topicOf("outcome.target")} AS "topicId",
         outcome.views::float8 AS views, ${shownReason("error")} AS reason,
         ${isReasonCut("error")} AS "isCut", created_at AS at,
         failing.target IS NOT NULL AS "isStillFailing"
       FROM ${errorsOfRun} AND ($3 = '' OR ${shownReason("error")} = $3)
       ORDER BY id LIMIT $4 OFFSET $5`,
      ...[run, reason, pageSize, offset],
    );
  }

  /** All errors of a run with this reason, in the same order. */
  async *allErrors(run: string, reason: string): AsyncGenerator<RunError[]> {
    if (!isRunId(run)) return;
    for (let offset = 0; ; offset += STEP) {
      const page = await this.errors(run, reason, { offset, pageSize: STEP });
      if (page.length > 0) yield page;
      if (page.length < STEP) return;
    }
  }

  /**
   * How many errors are still recorded, how many of them have this reason (any when empty), and how many of
   * the targets are still failing and can be retried.
   */
  async errorCounts(run: string, reason: string) {
    const [row] = await this.#read<{ recorded: number; matching: number; retryable: number }>(
      `SELECT count(*)::int AS recorded,
         count(*) FILTER (WHERE $3 = '' OR ${shownReason("error")} = $3)::int AS matching,
         count(DISTINCT failing.target) FILTER (WHERE "topicId" IS NOT NULL)::int AS retryable
       FROM ${errorsOfRun}`,
      ...[run, reason],
    );
    return row!;
  }

  /** The most frequent reasons first. */
  errorGroups(run: string): Promise<Array<{ reason: string; targets: number }>> {
    return this.#read(
      `SELECT ${shownReason("error")} AS reason, count(*)::int AS targets FROM ${errorsOfRun}
       GROUP BY 1 ORDER BY targets DESC, reason LIMIT ${MOST_GROUPS}`,
      run,
    );
  }

  /** All of the reason why a target failed in a run, however long. */
  async wholeReason(run: string, target: string): Promise<string | undefined> {
    if (!isRunId(run)) return undefined;
    const [row] = await this.#read<{ reason: string }>(
      `SELECT outcome.error AS reason FROM ${errorsOfRun} AND outcome.target = $3 ORDER BY id DESC LIMIT 1`,
      ...[run, target],
    );
    return row?.reason;
  }

  /** Names of the targets that failed in this run, are still failing, and can be retried. */
  async retryable(run: string): Promise<string[]> {
    const rows = await this.#read<{ target: string }>(
      `SELECT DISTINCT failing.target FROM ${errorsOfRun} AND "topicId" IS NOT NULL ORDER BY 1`,
      run,
    );
    return rows.map(({ target }) => target);
  }

  /** In the order in which they were chosen. */
  chosen(run: string, { offset, pageSize }: Slice): Promise<ChosenTarget[]> {
    return this.#read(
      `SELECT chosen.target, ${topicOf("chosen.target")} AS "topicId", outcome.views::float8 AS views,
         ${shownReason("outcome.error")} AS reason, CASE
           WHEN outcome.error IS NOT NULL THEN 'failed'
           WHEN outcome.target IS NOT NULL THEN 'flushed'
           WHEN status = 'running' THEN 'in-progress'
           WHEN flushed + failed > (SELECT count(*) FROM sync_run_targets WHERE run_id = $2)
             THEN 'forgotten'
           WHEN run.error IS NOT NULL OR (stop_requested_by IS NOT NULL AND EXISTS (
             SELECT FROM failed_targets AS failing
             WHERE failing.dao_slug = $1 AND failing.target = chosen.target AND failing.views > 0
           )) THEN 'not-reached'
           ELSE 'nothing-kept' END AS result
       FROM sync_runs AS run
       CROSS JOIN LATERAL (
         SELECT target, position FROM unnest(targets) WITH ORDINALITY AS listed(target, position)
         ORDER BY position LIMIT $3 OFFSET $4
       ) AS chosen
       LEFT JOIN LATERAL (
         SELECT target, views, error FROM sync_run_targets
         WHERE run_id = $2 AND sync_run_targets.target = chosen.target ORDER BY id DESC LIMIT 1
       ) AS outcome ON true
       WHERE dao_slug = $1 AND run.id = $2 ORDER BY position`,
      ...[run, pageSize, offset],
    );
  }

  /** The last runs in which a target failed, newest first. */
  failuresOf(target: string): Promise<Array<{ run: string; at: Date; reason: string }>> {
    return this.#read(
      `SELECT run_id AS run, created_at AS at, ${shownReason("outcome.error")} AS reason
       FROM sync_run_targets AS outcome JOIN sync_runs ON sync_runs.id = run_id
       WHERE target = $2 AND outcome.error IS NOT NULL AND dao_slug = $1
       ORDER BY outcome.id DESC LIMIT ${MOST_FAILED_RUNS}`,
      target,
    );
  }

  /** The values of the condition begin with $3. */
  #runs(condition: string, ...values: unknown[]): Promise<Run[]> {
    return this.#read(
      `SELECT ${columns} FROM ${runs} WHERE dao_slug = $1 AND ${condition}`,
      this.dependencies.leaseSeconds,
      ...values,
    );
  }

  #read<Row extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<Row[]> {
    const { pool, daoSlug } = this.dependencies;
    return runStatement<Row>(pool, text, [daoSlug, ...values]);
  }
}

function filterValues({ status, trigger, empty, from = "", to = "" }: RunFilter): unknown[] {
  return [status, trigger, empty, from, to];
}
