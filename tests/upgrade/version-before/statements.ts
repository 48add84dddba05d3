/** The statements by which the version before moved views, as they were. */

const fence = `
fence AS (
  SELECT id FROM sync_runs WHERE id = $1 AND status = 'running' FOR UPDATE
)`;

/** $1 dao, $2 trigger, $3 actor, $4 chosen targets, $5 lease in seconds, $6 runs that this process ended. */
export const begin = `
WITH taken_over AS (
  UPDATE sync_runs SET status = 'interrupted', finished_at = clock_timestamp(),
    error = COALESCE(error, 'The process stopped before the run ended')
  WHERE dao_slug = $1 AND status = 'running'
    AND (heartbeat_at < clock_timestamp() - make_interval(secs => $5) OR id = ANY($6::bigint[]))
  RETURNING id
), books AS (
  INSERT INTO view_books (dao_slug) SELECT $1 WHERE NOT EXISTS (SELECT FROM view_books WHERE dao_slug = $1)
  ON CONFLICT DO NOTHING
), started AS (
  INSERT INTO sync_runs (dao_slug, trigger, actor, targets)
  SELECT $1, $2::run_trigger, $3, $4::text[] FROM (SELECT count(*) FROM taken_over) AS after_take_over
  ON CONFLICT (dao_slug) WHERE status = 'running' DO NOTHING
  RETURNING id
)
SELECT (SELECT id FROM started) AS run, ARRAY(SELECT id::text FROM taken_over) AS taken_over`;

/** $1 dao. */
export const books = `
SELECT applied, discarded, last_batch_id, batch_applied FROM view_books WHERE dao_slug = $1`;

/** $1 run, $2 batch id, $3 targets, $4 of them recovered. */
export const recordBatch = `
WITH ${fence}
UPDATE sync_runs SET heartbeat_at = clock_timestamp(), batch_id = $2::bigint,
  total = total + $3::int, recovered = recovered + $4::int
FROM fence WHERE sync_runs.id = fence.id RETURNING 1`;

/** $1 run, $2 targets. */
export const deferTargets = `
WITH ${fence}
UPDATE sync_runs SET heartbeat_at = clock_timestamp(), total = total - $2::int
FROM fence WHERE sync_runs.id = fence.id RETURNING 1`;

/** $1 run. */
export const heartbeat = `
WITH ${fence}
UPDATE sync_runs SET heartbeat_at = clock_timestamp()
FROM fence WHERE sync_runs.id = fence.id RETURNING 1`;

/** $1 run, $2 dao, $3 batch id, $4 topic ids, $5 views, $6 whether parked views came along. */
export const applyChunk = `
WITH running AS (
  SELECT FROM sync_runs WHERE id = $1 AND status = 'running'
), applied AS (
  INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated", batch_id)
  SELECT $2, chunk.topic_id, chunk.views, clock_timestamp() AT TIME ZONE 'UTC', $3::bigint
  FROM running, unnest($4::text[], $5::int[]) AS chunk(topic_id, views)
  ON CONFLICT (dao_slug, "topicId") DO UPDATE
    SET views = stats.views + excluded.views, "lastUpdated" = excluded."lastUpdated",
        batch_id = excluded.batch_id
    WHERE stats.batch_id < excluded.batch_id
  RETURNING "topicId"
), fresh AS (
  SELECT chunk.topic_id, chunk.views
  FROM unnest($4::text[], $5::int[]) AS chunk(topic_id, views)
  JOIN applied ON applied."topicId" = chunk.topic_id
), sums AS (
  SELECT count(*)::int AS targets, COALESCE(sum(views), 0)::bigint AS views FROM fresh
), daily AS (
  INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
  SELECT $2, topic_id, (clock_timestamp() AT TIME ZONE 'UTC')::date, views FROM fresh
  ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + excluded.views
  RETURNING 1
), progress AS (
  UPDATE sync_runs SET heartbeat_at = clock_timestamp(), batch_id = $3::bigint,
    flushed = flushed + cardinality($4::text[]), views_flushed = views_flushed + sums.views
  FROM sums, (SELECT count(*) FROM daily) AS after_daily
  WHERE id = $1 AND status = 'running'
  RETURNING 1
), cleared AS (
  DELETE FROM failed_targets USING progress
  WHERE dao_slug = $2 AND (NOT parked OR $6::boolean)
    AND starts_with(target, 'forum_topic:') AND substr(target, 13) = ANY($4::text[])
  RETURNING 1
), booked AS (
  UPDATE view_books SET applied = applied + sums.views,
    batch_applied = CASE WHEN last_batch_id = $3::bigint THEN batch_applied ELSE 0 END + sums.views,
    last_batch_id = GREATEST(last_batch_id, $3::bigint)
  FROM progress, sums, (SELECT count(*) FROM cleared) AS after_cleared
  WHERE dao_slug = $2
)
SELECT targets AS applied, CASE
  WHEN EXISTS (SELECT FROM progress) THEN 1
  WHEN EXISTS (SELECT FROM running) THEN run_was_taken_over()
  ELSE 0 END AS fenced
FROM sums`;

/** $1 run, $2 dao, $3 batch id, $4 targets, $5 topic ids, $6 views, $7 errors, $8 failures that park. */
export const recordFailures = `
WITH ${fence}, failing AS (
  SELECT entry.target, entry.views, entry.error
  FROM fence, unnest($4::text[], $5::text[], $6::bigint[], $7::text[])
    AS entry(target, topic_id, views, error)
  WHERE NOT EXISTS (
    SELECT FROM forum_topic_view_stats AS stats
    WHERE stats.dao_slug = $2 AND stats."topicId" = entry.topic_id AND stats.batch_id >= $3::bigint
  )
), history AS (
  INSERT INTO sync_run_errors (run_id, target, views, error)
  SELECT $1::bigint, target, views, error FROM failing
), current AS (
  INSERT INTO failed_targets AS failed (dao_slug, target, last_error, last_run_id, parked)
  SELECT $2, target, error, $1::bigint, 1 >= $8::int FROM failing ORDER BY target
  ON CONFLICT (dao_slug, target) DO UPDATE
    SET attempts = failed.attempts + 1, last_at = clock_timestamp(),
        last_error = excluded.last_error, last_run_id = excluded.last_run_id,
        parked = failed.attempts + 1 >= $8::int
  RETURNING target, parked
), progress AS (
  UPDATE sync_runs SET heartbeat_at = clock_timestamp(),
    failed = failed + failing.targets,
    flushed = flushed + cardinality($4::text[]) - failing.targets
  FROM fence, (SELECT count(*)::int AS targets FROM failing) AS failing
  WHERE sync_runs.id = fence.id
)
SELECT (SELECT count(*)::int FROM fence) AS fenced, current.target, current.parked
FROM (SELECT 1) AS one LEFT JOIN current ON true`;

/** $1 run, $2 status or 'by-counters', $3 error, $4 warning. */
export const finish = `
WITH ${fence}
UPDATE sync_runs SET finished_at = clock_timestamp(), error = $3, warning = $4,
  status = CASE
    WHEN $2 <> 'by-counters' THEN $2::run_status
    WHEN total = 0 THEN 'empty'
    WHEN failed > 0 AND flushed = 0 THEN 'failed'
    WHEN failed > 0 OR flushed < total THEN 'partial'
    ELSE 'succeeded' END::run_status
FROM fence WHERE sync_runs.id = fence.id
RETURNING status, total, flushed, failed, views_flushed, recovered`;

/** $1 run, $2 dao, $3 targets that hold no views, $4 targets that hold some but no parked ones. */
export const reconcile = `
WITH fence AS (
  SELECT id FROM sync_runs WHERE id = $1 AND status = 'running' FOR UPDATE
), settled AS (
  DELETE FROM failed_targets USING fence WHERE dao_slug = $2 AND target = ANY($3::text[])
), not_parked AS (
  UPDATE failed_targets SET parked = false FROM fence
  WHERE dao_slug = $2 AND parked AND target = ANY($4::text[])
)
SELECT id FROM fence`;

/** $1 dao, $2 actor, $3 reason, $4 targets. */
export const insertDiscard = `
INSERT INTO discards (dao_slug, actor, reason, targets) VALUES ($1, $2, $3, $4) RETURNING id`;

/** $1 discard, $2 views taken, $3 targets taken, $4 whether parked views were taken too. */
export const bookDiscard = `
WITH before AS (
  SELECT id, dao_slug, actor, reason, targets, status, views, created_at FROM discards WHERE id = $1 FOR UPDATE
), booked AS (
  UPDATE discards SET status = 'booked', views = GREATEST(discards.views, $2::bigint),
    booked_at = COALESCE(booked_at, clock_timestamp())
  FROM before WHERE discards.id = before.id
), books AS (
  INSERT INTO view_books AS books (dao_slug, discarded)
  SELECT dao_slug, GREATEST($2::bigint - views, 0) FROM before
  ON CONFLICT (dao_slug) DO UPDATE SET discarded = books.discarded + excluded.discarded
), cleared AS (
  DELETE FROM failed_targets USING before
  WHERE failed_targets.dao_slug = before.dao_slug AND target = ANY($3::text[])
    AND (NOT parked OR $4::boolean) AND last_at <= before.created_at
)
INSERT INTO audit_log (dao_slug, actor, action, details)
SELECT dao_slug, actor, 'discard', jsonb_build_object(
  'discard', id::text, 'views', $2::bigint, 'targets', cardinality(targets), 'reason', reason)
FROM before WHERE status = 'intended' OR $2::bigint > views`;
