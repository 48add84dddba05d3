import { everyDay } from "~/sync/postgres/daily-rows";
import type { CleanupKind } from "./cleanup-answer";

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
export const deleteRunErrors = expire(
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
export const deleteRuns = expire(
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
export const deleteAuditEntries = expire(
  "auditEntries",
  "audit_log",
  `SELECT id FROM audit_log
  WHERE dao_slug = $1 AND created_at < now() - make_interval(days => $4::int)
  ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED`,
);

/** $4 days, $5 rows. An alert that is not over stays; otherwise it would begin again. */
export const deleteAlerts = expire(
  "alerts",
  "alerts",
  `SELECT id FROM alerts
  WHERE dao_slug = $1 AND resolved_at < now() - make_interval(days => $4::int)
  ORDER BY resolved_at LIMIT $5 FOR UPDATE SKIP LOCKED`,
);

/** $4 rows. Sessions belong to no DAO, because users do not. */
export const deleteSessions = expire(
  "sessions",
  "sessions",
  `SELECT token_digest FROM sessions WHERE expires_at <= now() LIMIT $4 FOR UPDATE SKIP LOCKED`,
  "token_digest",
);

/** The cleanup reads the topics by their id, in pages. $1 dao, $2 after this topic, $3 rows, $4 days. */
export const nextTopics = `
SELECT "topicId",
  "lastUpdated" < now() AT TIME ZONE 'UTC' - make_interval(days => $4::int) AS unviewed
FROM forum_topic_view_stats WHERE dao_slug = $1 AND "topicId" > $2 ORDER BY "topicId" LIMIT $3`;

/**
 * Begins with the oldest day, as the primary key does; nobody writes to old days any more. $4 days, $5 rows.
 */
export const deleteDailyRows = noted(
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
export const removeTopics = noted(
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
export const position = `SELECT cleanup_after FROM view_books WHERE dao_slug = $1`;

/** $1 dao, $2 topic, or '' at the end. */
export const keepPosition = `
UPDATE view_books SET cleanup_after = $2 WHERE dao_slug = $1 AND cleanup_after <> $2`;
