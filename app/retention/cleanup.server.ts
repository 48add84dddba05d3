import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { namesOfTopic } from "~/sync/target";
import { everyDay } from "~/sync/postgres/daily-rows";
import type { ViewTracker } from "~/counting/view-tracker.server";
import { cleanupKinds, type CleanupAnswer, type CleanupKind } from "./cleanup-answer";

/**
 * The statements of a cleanup. Each deletes a limited number of rows and skips rows that are locked. The only
 * rows that it waits for are those of the days of topics that it removes, and that of the books, which comes
 * last, as in the statements of a sync: so there are no deadlocks.
 */

/**
 * A deletion with its audit entry in one statement, so that a cleanup that is killed has noted what it did.
 * $1 dao, $2 audit entry of this cleanup, null before its first one, $3 who asked for the cleanup.
 */
function noted(kind: CleanupKind, deletion: string): string {
  return `
WITH ${deletion}, added AS (
  UPDATE audit_log SET details = details || jsonb_build_object(
    '${kind}', COALESCE((details ->> '${kind}')::bigint, 0) + counted.rows,
    'removedViews', COALESCE((details ->> 'removedViews')::bigint, 0) + counted.views)
  FROM counted WHERE id = $2::bigint AND counted.rows > 0
), opened AS (
  INSERT INTO audit_log (dao_slug, actor, action, details)
  SELECT $1, $3, 'cleanup', jsonb_build_object('${kind}', rows, 'removedViews', views)
  FROM counted WHERE $2::bigint IS NULL AND rows > 0
  RETURNING id
)
SELECT rows, views, COALESCE($2::bigint, (SELECT id FROM opened)) AS entry FROM counted`;
}

const counted = `counted AS (SELECT count(*)::int AS rows, 0::bigint AS views FROM deleted)`;

/** Deletes the rows of a table that `expired` selects by their key. */
function expire(kind: CleanupKind, table: string, expired: string, key = "id"): string {
  return noted(
    kind,
    `expired AS (
  ${expired}
), deleted AS (
  DELETE FROM ${table} USING expired WHERE ${table}.${key} = expired.${key} RETURNING 1
), ${counted}`,
  );
}

/** $4 days. */
const expiredRun = `runs.dao_slug = $1 AND runs.status <> 'running'
    AND runs.started_at < now() - make_interval(days => $4::int)`;

/** $4 days, $5 rows. The last error of a target that is still failing stays, and its run with it. */
const deleteRunErrors = expire(
  "runErrors",
  "sync_run_targets",
  `SELECT errors.id FROM sync_runs AS runs JOIN sync_run_targets AS errors ON errors.run_id = runs.id
  WHERE ${expiredRun} AND NOT EXISTS (
    SELECT FROM failed_targets AS failing WHERE failing.dao_slug = $1
      AND failing.target = errors.target AND failing.last_run_id = errors.run_id
  )
  ORDER BY runs.id, errors.id LIMIT $5 FOR UPDATE OF errors SKIP LOCKED`,
);

/**
 * $4 days, $5 rows. A run is deleted only after its errors, because it would take any number of them with it.
 * The last run of each trigger and status stays: the overview, the banners and the metrics show how long ago
 * it was.
 */
const deleteRuns = expire(
  "runs",
  "sync_runs",
  `SELECT runs.id FROM sync_runs AS runs
  WHERE ${expiredRun}
    AND NOT EXISTS (SELECT FROM sync_run_targets AS errors WHERE errors.run_id = runs.id)
    AND runs.id NOT IN (
      SELECT max(id) FROM sync_runs WHERE dao_slug = $1 GROUP BY trigger, status
    )
  ORDER BY runs.id LIMIT $5 FOR UPDATE OF runs SKIP LOCKED`,
);

/** $4 days, $5 rows. */
const deleteAuditEntries = expire(
  "auditEntries",
  "audit_log",
  `SELECT id FROM audit_log
  WHERE dao_slug = $1 AND created_at < now() - make_interval(days => $4::int)
  ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED`,
);

/** $4 days, $5 rows. An alert that is not over stays; otherwise it would begin again. */
const deleteAlerts = expire(
  "alerts",
  "alerts",
  `SELECT id FROM alerts
  WHERE dao_slug = $1 AND resolved_at < now() - make_interval(days => $4::int)
  ORDER BY resolved_at LIMIT $5 FOR UPDATE SKIP LOCKED`,
);

/** $4 rows. Sessions belong to no DAO, because users do not. */
const deleteSessions = expire(
  "sessions",
  "sessions",
  `SELECT token_digest FROM sessions WHERE expires_at <= now() LIMIT $4 FOR UPDATE SKIP LOCKED`,
  "token_digest",
);

/** The cleanup reads the topics by their id, in pages. $1 dao, $2 after this topic, $3 rows, $4 days. */
const nextTopics = `
SELECT "topicId",
  "lastUpdated" < now() AT TIME ZONE 'UTC' - make_interval(days => $4::int) AS unviewed
FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" > $2 ORDER BY "topicId" LIMIT $3`;

/**
 * Begins with the oldest day, as the primary key does; nobody writes to old days any more. $4 days, $5 rows.
 */
const deleteDailyRows = noted(
  "dailyRows",
  `expired AS (
  SELECT day, "topicId" FROM forum_topic_view_daily
  WHERE dao_slug = $1 AND day < (now() AT TIME ZONE 'UTC')::date - $4::int
  ORDER BY day, "topicId" LIMIT $5 FOR UPDATE SKIP LOCKED
), deleted AS (
  DELETE FROM forum_topic_view_daily AS daily USING expired
  WHERE daily.dao_slug = $1 AND daily.day = expired.day AND daily."topicId" = expired."topicId"
  RETURNING 1
), ${counted}`,
);

/**
 * Removes topics with everything that is persisted of them. A topic's row carries the batch id that keeps a
 * batch from being applied to it twice, so it is removed only after PostgreSQL has seen a later batch: that
 * one is opened only when the earlier batch is finished, and never by a run that still waits for an answer.
 * The caller has checked that nothing of the topic is pending; views that are counted since create a new row.
 * $4 days, $5 topics.
 */
const removeTopics = noted(
  "topics",
  `unviewed AS (
  SELECT "topicId", views FROM forum_topic_view_stats AS stats
  WHERE dao_slug = $1 AND "topicId" = ANY($5::text[])
    AND "lastUpdated" < now() AT TIME ZONE 'UTC' - make_interval(days => $4::int)
    AND batch_id < (SELECT last_batch_id FROM view_books WHERE dao_slug = $1)
    AND "topicId" NOT IN (
      SELECT failed."topicId" FROM failed_targets AS failed
      WHERE failed.dao_slug = $1 AND failed."topicId" IS NOT NULL
    )
  ORDER BY "topicId" FOR UPDATE OF stats SKIP LOCKED
), deleted AS (
  DELETE FROM forum_topic_view_stats AS stats USING unviewed
  WHERE stats.dao_slug = $1 AND stats."topicId" = unviewed."topicId" RETURNING stats.views
), daily AS (
  DELETE FROM forum_topic_view_daily AS daily USING unviewed
  WHERE daily.dao_slug = $1 AND daily."topicId" = unviewed."topicId"
    AND daily.day = ANY(${everyDay("$1")}) RETURNING 1
), counted AS (
  SELECT count(*)::int AS rows, COALESCE(sum(views), 0)::bigint AS views FROM deleted
), booked AS (
  UPDATE view_books SET removed_topics = removed_topics + counted.rows,
    removed_views = removed_views + counted.views
  FROM counted, (SELECT count(*) FROM daily) AS after_daily
  WHERE dao_slug = $1 AND counted.rows > 0
)`,
);

/** $1 dao. */
const position = `SELECT cleanup_after FROM view_books WHERE dao_slug = $1`;

/** $1 dao, $2 topic, or '' at the end. */
const movePosition = `
UPDATE view_books SET cleanup_after = $2 WHERE dao_slug = $1 AND cleanup_after <> $2`;

/** How many days each kind is kept; 0 means for ever. */
export interface Retention {
  runErrors: number;
  runs: number;
  /** Also for alerts, from when they were over. */
  auditEntries: number;
  dailyRows: number;
  /** Counted from when the topic's last view was persisted. */
  topics: number;
}

export interface CleanupOptions {
  retention: Retention;
  /** Seconds after which a cleanup ends after its current statement; no limit when undefined. */
  maxSeconds: number | undefined;
  /** Rows that one statement deletes. */
  batchSize: number;
}

export type CleanupResult = Omit<CleanupAnswer, "success" | "message">;

/** Topics that are read, and asked for in Redis, at once. */
const TOPICS_STEP = 500;
/** Topics that one statement removes: with each go all of its days. */
const REMOVED_STEP = 100;
/** Pages after which the position is saved, in case the process is killed. */
const KEPT_PAGES = 50;

interface Dependencies {
  pool: pg.Pool;
  daoSlug: string;
  tracker: Pick<ViewTracker, "getPending">;
  clock: { now(): number };
  options: CleanupOptions;
}

/**
 * Deletes what is past its retention, in short statements that do not hold up a sync or another cleanup. It
 * can be ended at any point: what is deleted stays deleted, and the next cleanup continues.
 */
export class Cleanup {
  #isStopping = false;

  constructor(private readonly dependencies: Dependencies) {}

  /** Lets the current statements finish, and begins no further ones. */
  stop(): void {
    this.#isStopping = true;
  }

  /** @throws DependencyError; what was deleted before is recorded in the audit log */
  async run(actor: string): Promise<CleanupResult> {
    const { clock, options } = this.dependencies;
    const startedAt = clock.now();
    const mustStop = () =>
      this.#isStopping ||
      (options.maxSeconds !== undefined && clock.now() - startedAt >= options.maxSeconds * 1_000);
    const one = new OneCleanup(this.dependencies, actor, mustStop);
    const isComplete = await one.run();
    return { deleted: one.deleted, removedViews: one.removedViews, more: !isComplete };
  }
}

/** One execution, with what it has deleted so far. */
class OneCleanup {
  readonly deleted = Object.fromEntries(cleanupKinds.map((kind) => [kind, 0])) as Record<
    CleanupKind,
    number
  >;
  removedViews = 0;
  /** The id of the audit entry, from the first deletion on. */
  #entry: string | null = null;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly actor: string,
    private readonly mustStop: () => boolean,
  ) {}

  /** Returns whether everything was done. */
  async run(): Promise<boolean> {
    const { retention } = this.dependencies.options;
    return (
      (await this.#expired("runErrors", deleteRunErrors, retention.runErrors)) &&
      (await this.#expired("runs", deleteRuns, retention.runs)) &&
      (await this.#expired("auditEntries", deleteAuditEntries, retention.auditEntries)) &&
      (await this.#expired("alerts", deleteAlerts, retention.auditEntries)) &&
      (await this.#inBatches("sessions", deleteSessions, [])) &&
      (await this.#expired("dailyRows", deleteDailyRows, retention.dailyRows)) &&
      (await this.#walkTopics(retention.topics))
    );
  }

  async #expired(kind: CleanupKind, statement: string, days: number): Promise<boolean> {
    return days === 0 || this.#inBatches(kind, statement, [days]);
  }

  /** Repeats a deletion until fewer rows than a full batch are left. False when the time was up before. */
  async #inBatches(kind: CleanupKind, statement: string, values: unknown[]): Promise<boolean> {
    const { batchSize } = this.dependencies.options;
    for (;;) {
      if (this.mustStop()) return false;
      const rows = await this.#delete(kind, statement, [...values, batchSize]);
      if (rows < batchSize) return true;
    }
  }

  /**
   * Goes through all topics by their id, from where the last cleanup stopped: there is no index of topics
   * that nobody views, because every sync would have to update it.
   */
  async #walkTopics(days: number): Promise<boolean> {
    if (days === 0) return true;
    const { daoSlug } = this.dependencies;
    const [kept] = await this.#query<{ cleanup_after: string }>(position, [daoSlug]);
    let after = kept?.cleanup_after ?? "";
    let isDone = false;
    try {
      for (let pages = 1; !isDone; pages += 1) {
        const next = await this.#cleanPage(after, days);
        if (next === undefined) break;
        after = next;
        isDone = next === "";
        if (pages % KEPT_PAGES === 0) await this.#keepPosition(after);
      }
    } catch (error) {
      // If this fails, too, the next cleanup looks at some pages again.
      await this.#keepPosition(after).catch(() => undefined);
      throw error;
    }
    await this.#keepPosition(after);
    return isDone;
  }

  /** Returns where to continue, "" after the last page; undefined when the time was up during the page. */
  async #cleanPage(after: string, days: number): Promise<string | undefined> {
    if (this.mustStop()) return undefined;
    const { daoSlug } = this.dependencies;
    const values = [daoSlug, after, TOPICS_STEP, days];
    const page = await this.#query<{ topicId: string; unviewed: boolean }>(nextTopics, values);
    const unviewed = page.filter((topic) => topic.unviewed).map(({ topicId }) => topicId);
    if (!(await this.#removeTopics(unviewed, days))) return undefined;
    return page.length < TOPICS_STEP ? "" : page.at(-1)!.topicId;
  }

  async #keepPosition(after: string): Promise<void> {
    await this.#query(movePosition, [this.dependencies.daoSlug, after]);
  }

  /** Removes only topics without pending views. False when the time was up before all were removed. */
  async #removeTopics(topicIds: string[], days: number): Promise<boolean> {
    for (let start = 0; start < topicIds.length; start += REMOVED_STEP) {
      if (this.mustStop()) return false;
      const step = topicIds.slice(start, start + REMOVED_STEP);
      const names = step.flatMap(namesOfTopic);
      const { targets } = await this.dependencies.tracker.getPending(names);
      const isPending = targets.map(({ overlay, batch }) => overlay + batch > 0);
      const pending = new Set(names.filter((_name, index) => isPending[index]));
      const idle = step.filter((id) => !namesOfTopic(id).some((name) => pending.has(name)));
      if (idle.length > 0) await this.#delete("topics", removeTopics, [days, idle]);
    }
    return true;
  }

  async #delete(kind: CleanupKind, statement: string, values: unknown[]): Promise<number> {
    const [row] = await this.#query<{ rows: number; views: string; entry: string | null }>(
      statement,
      [this.dependencies.daoSlug, this.#entry, this.actor, ...values],
    );
    const { rows, views, entry } = row!;
    this.#entry = entry;
    this.deleted[kind] += rows;
    this.removedViews += Number(views);
    return rows;
  }

  #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return runStatement<Row>(this.dependencies.pool, text, values);
  }
}
