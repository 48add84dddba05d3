import type { EndStatus, RunTrigger } from "~/sync/engine/ports";

/** Wide integers arrive as text. */
export interface RunRow {
  id: string;
  trigger: RunTrigger;
  actor: string;
  status: EndStatus | "running";
  started_at: Date;
  finished_at: Date | null;
  seconds: number;
  age_seconds: number;
  total: number;
  flushed: number;
  failed: number;
  views_flushed: string;
  batch_id: string | null;
  recovered: number;
  error: string | null;
  warning: string | null;
  chosen: number;
}

const columns = `id, trigger, actor, status, started_at, finished_at,
  extract(epoch FROM COALESCE(finished_at, clock_timestamp()) - started_at)::float8 AS seconds,
  extract(epoch FROM clock_timestamp() - COALESCE(finished_at, heartbeat_at))::float8 AS age_seconds,
  total, flushed, failed, views_flushed, batch_id, recovered, error, warning,
  cardinality(targets) AS chosen`;

/** $1 dao, $2 status, $3 trigger, $4 'hide' for runs that found nothing to do. */
const matches = `dao_slug = $1 AND ($2 = 'all' OR status = $2::run_status)
  AND ($3 = 'all' OR trigger = $3::run_trigger) AND ($4 <> 'hide' OR status <> 'empty')`;

export const count = `SELECT count(*)::int AS count FROM sync_runs WHERE ${matches}`;

/** $5 rows, $6 rows before them. */
export const list = `
SELECT ${columns} FROM sync_runs WHERE ${matches} ORDER BY id DESC LIMIT $5 OFFSET $6`;

/** $1 dao, $2 run. */
export const find = `SELECT ${columns} FROM sync_runs WHERE dao_slug = $1 AND id = $2`;

/**
 * An interrupted run is left out: the one that took over from it says how it ended.
 * $1 dao.
 */
export const lastOutcome = `
SELECT ${columns} FROM sync_runs
WHERE dao_slug = $1 AND status NOT IN ('running', 'interrupted') ORDER BY id DESC LIMIT 1`;

/** $1 dao, $2 runs. */
export const existing = `SELECT id FROM sync_runs WHERE dao_slug = $1 AND id = ANY($2::bigint[])`;

export const active = `SELECT id FROM sync_runs WHERE dao_slug = $1 AND status = 'running'`;

/** $1 dao, $2 run. */
export const neighbours = `
SELECT (SELECT max(id) FROM sync_runs WHERE dao_slug = $1 AND id < $2) AS previous,
  (SELECT min(id) FROM sync_runs WHERE dao_slug = $1 AND id > $2) AS next`;

/** $1 dao, $2 first day. */
export const viewsPerDay = `
SELECT to_char(day, 'YYYY-MM-DD') AS day, views FROM (
  SELECT date_trunc('day', started_at, 'UTC') AT TIME ZONE 'UTC' AS day, sum(views_flushed) AS views
  FROM sync_runs
  WHERE dao_slug = $1 AND started_at >= $2::date::timestamp AT TIME ZONE 'UTC' AND views_flushed > 0
  GROUP BY 1
) AS days`;

/** $1 run, $2 reason or '', $3 rows, $4 rows before them. */
export const errors = `
SELECT target, views, error, created_at FROM sync_run_errors
WHERE run_id = $1 AND ($2 = '' OR error = $2) ORDER BY id LIMIT $3 OFFSET $4`;

/** $1 dao, $2 run, $3 reason or ''. */
export const errorCounts = `
SELECT count(*)::int AS recorded,
  count(*) FILTER (WHERE $3 = '' OR errors.error = $3)::int AS matching,
  count(DISTINCT failing.target)::int AS still_failing
FROM sync_run_errors AS errors
LEFT JOIN failed_targets AS failing ON failing.dao_slug = $1 AND failing.target = errors.target
WHERE run_id = $2`;

/** Reasons shown at most: those that quote a value can be as many as the targets. */
const MOST_GROUPS = 100;

/** $1 dao, $2 run. */
export const errorGroups = `
SELECT errors.error, count(*)::int AS targets, count(DISTINCT failing.target)::int AS still_failing
FROM sync_run_errors AS errors
LEFT JOIN failed_targets AS failing ON failing.dao_slug = $1 AND failing.target = errors.target
WHERE run_id = $2 GROUP BY errors.error ORDER BY targets DESC, errors.error LIMIT ${MOST_GROUPS}`;

/** $1 dao, $2 run. */
export const stillFailing = `
SELECT DISTINCT target FROM sync_run_errors AS errors
JOIN failed_targets USING (target)
WHERE dao_slug = $1 AND run_id = $2 ORDER BY target`;

/**
 * What tells what became of a chosen target: its error in this run, and when its topic was last flushed.
 * Only one run is active at a time, so what was flushed between its begin and its end was flushed by it;
 * a millisecond more on both sides, because these two are rounded.
 * $1 dao, $2 run, $3 rows, $4 rows before them.
 */
export const chosen = `
SELECT chosen.target, errors.error, CASE
    WHEN stats."lastUpdated" IS NULL THEN NULL
    WHEN stats."lastUpdated" < run.began THEN 'before'
    WHEN stats."lastUpdated" > run.ended THEN 'after'
    ELSE 'during' END AS flushed
FROM (
  SELECT id, targets, (started_at - interval '1 ms') AT TIME ZONE 'UTC' AS began,
    (COALESCE(finished_at, clock_timestamp()) + interval '1 ms') AT TIME ZONE 'UTC' AS ended
  FROM sync_runs WHERE dao_slug = $1 AND id = $2
) AS run
CROSS JOIN LATERAL (
  SELECT target, position FROM unnest(run.targets) WITH ORDINALITY AS listed(target, position)
  ORDER BY position LIMIT $3 OFFSET $4
) AS chosen
LEFT JOIN LATERAL (
  SELECT error FROM sync_run_errors WHERE run_id = run.id AND target = chosen.target LIMIT 1
) AS errors ON true
LEFT JOIN forum_topic_view_stats AS stats
  ON stats.dao_slug = $1 AND stats."topicId" = substring(chosen.target FROM '^forum_topic:(.*)$')
ORDER BY chosen.position`;
