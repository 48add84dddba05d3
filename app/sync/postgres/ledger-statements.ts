/**
 * The statements of the flush. Each is one round trip and one transaction, and needs no session state. Those
 * of a sync have a fence: where the run is no longer `running`, nothing is written.
 *
 * All of them lock rows in the same order, so that there are no deadlocks: failing targets by name, topics,
 * their days, the run, the books.
 */

const fence = `
fence AS (
  SELECT id FROM sync_runs WHERE id = $1 AND status = 'running' FOR UPDATE
)`;

/** The error code of a statement with its fence at the end whose run was taken over while it worked. */
export const TAKEN_OVER_CODE = "FV001";

/**
 * A long statement has its fence at the end: `progress` changes the run's row only while it says `running`,
 * and keeps it locked until the commit, so a take-over has to wait. If it changes no row, everything is
 * undone.
 */
const running = `running AS (
  SELECT FROM sync_runs WHERE id = $1 AND status = 'running'
)`;
const fenced = `CASE
  WHEN EXISTS (SELECT FROM progress) THEN 1
  WHEN EXISTS (SELECT FROM running) THEN run_was_taken_over()
  ELSE 0 END AS fenced`;

/** Adds what a statement has taken of the batch $3 to the books. */
const bookTaken = `last_batch_id = GREATEST(last_batch_id, $3::bigint),
    batch_offset = CASE WHEN last_batch_id = $3::bigint THEN batch_offset ELSE 0 END,
    batch_taken = CASE WHEN last_batch_id = $3::bigint THEN batch_taken ELSE 0 END + sums.taken`;

/**
 * Takes over runs whose lease is over, and inserts this one unless another sync is running. The insert reads
 * from the update, so that it happens after it. A run that an admin starts is written to the audit log by the
 * same statement.
 * $1 dao, $2 trigger, $3 actor, $4 targets of a retry, $5 lease in seconds, $6 runs that this process ended.
 */
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
  ON CONFLICT (dao_slug) WHERE status = 'running' AND trigger <> 'retry' DO NOTHING
  RETURNING id
), audited AS (
  INSERT INTO audit_log (dao_slug, actor, action, run_id, details)
  SELECT $1, $3, $2, id, CASE WHEN $2 <> 'retry' THEN '{}' ELSE (
    SELECT jsonb_build_object('targets', cardinality($4::text[]), 'views', COALESCE(sum(views), 0),
      'retried', COALESCE(jsonb_object_agg(target, views), '{}'))
    FROM failed_targets WHERE dao_slug = $1 AND target = ANY($4::text[]) AND views > 0
  ) END
  FROM started WHERE $2 <> 'cron'
)
SELECT (SELECT id FROM started) AS run, ARRAY(SELECT id::text FROM taken_over) AS taken_over`;

/** One statement, so that views which a retry or a discard moves are in exactly one of the sums. */
export const booksOf = (dao: "$1" | "$2") => `
SELECT applied::float8, discarded::float8, adopted::float8, last_batch_id::float8 AS "lastBatch",
  batch_taken::float8 AS "batchTaken", (
    SELECT COALESCE(sum(views), 0) FROM failed_targets WHERE dao_slug = ${dao} AND "topicId" IS NOT NULL
  )::float8 AS kept
FROM view_books WHERE dao_slug = ${dao}`;

/** $1 dao. */
export const highWaterMark = `SELECT last_batch_id FROM view_books WHERE dao_slug = $1`;

/** $1 dao. */
export const runningSync = `
SELECT id FROM sync_runs WHERE dao_slug = $1 AND status = 'running' AND trigger <> 'retry'`;

/** $1 run. */
export const stopRequestedBy = `SELECT stop_requested_by FROM sync_runs WHERE id = $1`;

/** $1 run, $2 dao, $3 batch id, $4 targets in it, $5 whether it was adopted. */
export const recordBatch = `
WITH ${fence}, mark AS (
  SELECT CASE WHEN last_batch_id = $3::bigint THEN batch_offset ELSE 0 END AS batch_offset
  FROM view_books WHERE dao_slug = $2
)
UPDATE sync_runs SET heartbeat_at = clock_timestamp(), batch_id = $3::bigint,
  total = total + $4::int - batch_offset,
  recovered = recovered + CASE WHEN $5::boolean THEN $4::int - batch_offset ELSE 0 END
FROM fence, mark WHERE sync_runs.id = fence.id RETURNING batch_offset`;

/**
 * Finds the topics of an adopted batch that are taken already, and subtracts them from the run's counts.
 * $1 run, $2 dao, $3 batch id, $4 topic ids.
 */
export const leaveOutTaken = `
WITH ${fence}, taken AS (
  SELECT topic_id FROM unnest($4::text[]) AS entry(topic_id)
  WHERE EXISTS (
    SELECT FROM forum_topic_view_stats
    WHERE dao_slug = $2 AND "topicId" = topic_id AND batch_id >= $3::bigint
  ) OR EXISTS (
    SELECT FROM failed_targets
    WHERE dao_slug = $2 AND target = 'forum_topic:' || topic_id AND batch_id >= $3::bigint
  )
), sums AS (
  SELECT count(*)::int AS targets, array_agg(topic_id) AS topic_ids FROM taken
)
UPDATE sync_runs SET heartbeat_at = clock_timestamp(), total = total - sums.targets,
  recovered = recovered - sums.targets
FROM fence, sums WHERE sync_runs.id = fence.id RETURNING sums.topic_ids`;

/** $1 run. */
export const heartbeat = `
WITH ${fence}
UPDATE sync_runs SET heartbeat_at = clock_timestamp()
FROM fence WHERE sync_runs.id = fence.id RETURNING 1`;

/**
 * Applies a chunk. The row guard, `batch_id < excluded.batch_id`, makes a second apply of the same batch a
 * no-op; everything below it follows from the rows that really changed. A target is left out if its views of
 * this batch are kept in `failed_targets`, or were moved or discarded from there. The caller sorts the
 * entries.
 *
 * Two chunks of a run are applied at once; the fence comes after the days' rows, so that the rows which both
 * chunks need are locked for the shortest time.
 * $1 run, $2 dao, $3 batch id, $4 topic ids, $5 views.
 */
export const applyChunk = `
WITH ${running}, chunk AS (
  SELECT topic_id, views FROM unnest($4::text[], $5::int[]) AS entry(topic_id, views)
  WHERE topic_id NOT IN (
    SELECT "topicId" FROM failed_targets
    WHERE dao_slug = $2 AND batch_id >= $3::bigint AND target = 'forum_topic:' || "topicId"
  )
), applied AS (
  INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated", batch_id)
  SELECT $2, chunk.topic_id, chunk.views, clock_timestamp() AT TIME ZONE 'UTC', $3::bigint
  FROM running, chunk
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
  SELECT COALESCE(sum(views), 0)::bigint AS taken FROM fresh
), daily AS (
  INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
  SELECT $2, topic_id, (clock_timestamp() AT TIME ZONE 'UTC')::date, views FROM fresh
  ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + excluded.views
  RETURNING 1
), progress AS (
  UPDATE sync_runs SET heartbeat_at = clock_timestamp(), batch_id = $3::bigint,
    flushed = flushed + entries.count, total = total - cardinality($4::text[]) + entries.count,
    views_flushed = views_flushed + sums.taken
  FROM sums, (SELECT count(*)::int FROM chunk) AS entries, (SELECT count(*) FROM daily) AS after_daily
  WHERE id = $1 AND status = 'running'
  RETURNING 1
), booked AS (
  UPDATE view_books SET applied = applied + sums.taken, ${bookTaken}
  FROM progress, sums WHERE dao_slug = $2
)
SELECT ${fenced}`;

/**
 * Keeps what cannot be applied. A target whose topic row already carries the batch was applied before a
 * crash, or by a statement whose answer was lost: it counts as flushed. A target whose failing row carries
 * the batch is kept already. No statement that applies one of these targets can be under way meanwhile: those
 * of this run have all been answered, and one of an earlier run is committed or will be undone.
 *
 * Names that no topic can have, and older names of topics, do not count in the batch's views, because the
 * count script cannot have written them. Views under an older name are adopted here, and counted by the retry
 * of this run.
 * $1 run, $2 dao, $3 batch id, $4 targets, $5 topic ids, $6 views, $7 errors.
 */
export const recordFailures = `
WITH ${running}, entry AS (
  SELECT target, topic_id, views, error, target = 'forum_topic:' || topic_id AS is_own_name,
    COALESCE(target <> 'forum_topic:' || topic_id, false) AS is_renamed
  FROM running, unnest($4::text[], $5::text[], $6::bigint[], $7::text[])
    AS entry(target, topic_id, views, error)
), applied AS (
  SELECT target FROM entry JOIN forum_topic_view_stats AS stats
    ON stats.dao_slug = $2 AND stats."topicId" = entry.topic_id AND stats.batch_id >= $3::bigint
  WHERE is_own_name
), kept AS (
  INSERT INTO failed_targets AS failed
    (dao_slug, target, "topicId", views, batch_id, last_error, last_run_id)
  SELECT $2, target, topic_id, views, $3::bigint, error, $1::bigint FROM entry
  WHERE NOT EXISTS (SELECT FROM applied WHERE applied.target = entry.target)
  ORDER BY target
  ON CONFLICT (dao_slug, target) DO UPDATE
    SET views = failed.views + excluded.views, batch_id = excluded.batch_id,
      attempts = CASE WHEN failed.views = 0 THEN 1
        ELSE failed.attempts + (failed.last_run_id <> excluded.last_run_id)::int END,
      first_at = CASE WHEN failed.views = 0 THEN excluded.first_at ELSE failed.first_at END,
      last_at = excluded.last_at, last_error = excluded.last_error, last_run_id = excluded.last_run_id
    WHERE failed.batch_id < excluded.batch_id
  RETURNING target
), failing AS (
  SELECT entry.* FROM entry JOIN kept USING (target)
), sums AS (
  SELECT count(*) FILTER (WHERE NOT is_renamed)::int AS targets,
    COALESCE(sum(views) FILTER (WHERE is_own_name), 0)::bigint AS taken,
    COALESCE(sum(views) FILTER (WHERE is_renamed), 0)::bigint AS adopted
  FROM failing
), outcomes AS (
  INSERT INTO sync_run_targets (run_id, target, views, error)
  SELECT $1::bigint, target, views, error FROM failing WHERE NOT is_renamed
), progress AS (
  UPDATE sync_runs SET heartbeat_at = clock_timestamp(), batch_id = $3::bigint,
    failed = failed + sums.targets, flushed = flushed + applied.count,
    total = total - cardinality($4::text[]) + sums.targets + applied.count
  FROM sums, (SELECT count(*)::int FROM applied) AS applied
  WHERE id = $1 AND status = 'running'
  RETURNING 1
), booked AS (
  UPDATE view_books SET adopted = view_books.adopted + sums.adopted, ${bookTaken}
  FROM progress, sums WHERE dao_slug = $2
)
SELECT ${fenced}, ARRAY(SELECT target FROM failing WHERE NOT is_renamed) AS failed`;

/** $1 run, $2 dao, $3 batch id, $4 rank. */
export const moveOffset = `
WITH ${fence}
UPDATE view_books SET batch_offset = GREATEST(batch_offset, $4::int)
FROM fence WHERE dao_slug = $2 AND last_batch_id = $3::bigint RETURNING 1`;

/** $1 dao, $2 after this target, $3 targets, $4 failures that park. */
export const failingTargets = `
SELECT target FROM failed_targets
WHERE dao_slug = $1 AND views > 0 AND "topicId" IS NOT NULL AND target > $2 AND attempts < $4
ORDER BY target LIMIT $3`;

/**
 * Locks the rows of these targets, and reads their views as they are then. An update of the same rows has to
 * read them from here alone.
 * $1 or another first value, $2 dao, $3 targets.
 */
export const lockKept = `
  SELECT target, views FROM failed_targets
  WHERE dao_slug = $2 AND target = ANY($3::text[]) AND views > 0
  ORDER BY target FOR UPDATE`;

/**
 * Moves kept views to their topics. The failing row stays with 0 views, so that its batch is not taken again,
 * until a later batch has been seen. The topic's row keeps its own batch id: if the views were kept under an
 * older name, the topic may not have taken its own share of the same batch yet.
 * It needs no fence: whoever comes second finds no views.
 * $1 run, $2 dao, $3 targets.
 */
export const retryTargets = `
WITH moved AS (
  UPDATE failed_targets AS failed SET views = 0
  FROM (${lockKept}) AS kept
  WHERE failed.dao_slug = $2 AND failed.target = kept.target AND "topicId" IS NOT NULL
  RETURNING kept.target, "topicId", kept.views
), topic AS (
  SELECT "topicId", sum(views)::int AS views FROM moved GROUP BY "topicId"
), applied AS (
  INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated")
  SELECT $2, "topicId", views, clock_timestamp() AT TIME ZONE 'UTC' FROM topic ORDER BY "topicId"
  ON CONFLICT (dao_slug, "topicId") DO UPDATE
    SET views = stats.views + excluded.views, "lastUpdated" = excluded."lastUpdated"
  RETURNING 1
), daily AS (
  INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
  SELECT $2, "topicId", (clock_timestamp() AT TIME ZONE 'UTC')::date, views
  FROM topic, (SELECT count(*) FROM applied) AS after_applied ORDER BY "topicId"
  ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + excluded.views
  RETURNING 1
), outcomes AS (
  INSERT INTO sync_run_targets (run_id, target, views)
  SELECT $1::bigint, target, moved.views FROM moved JOIN sync_runs ON sync_runs.id = $1
  WHERE trigger = 'retry'
), sums AS (
  SELECT count(*)::int AS targets, COALESCE(sum(views), 0)::bigint AS views
  FROM moved, (SELECT count(*) FROM daily) AS after_daily
), progress AS (
  UPDATE sync_runs SET heartbeat_at = clock_timestamp(), total = total + sums.targets,
    flushed = flushed + sums.targets, views_flushed = views_flushed + sums.views
  FROM sums WHERE id = $1
  RETURNING 1
)
UPDATE view_books SET applied = applied + sums.views FROM progress, sums WHERE dao_slug = $2`;

/** $1 run, $2 dao, $3 targets, $4 errors. */
export const recordRetryFailures = `
WITH refused AS (
  UPDATE failed_targets AS failed SET attempts = attempts + 1, last_at = clock_timestamp(),
    last_error = entry.error, last_run_id = $1::bigint
  FROM (${lockKept}) AS kept JOIN unnest($3::text[], $4::text[]) AS entry(target, error) USING (target)
  WHERE failed.dao_slug = $2 AND failed.target = kept.target
  RETURNING failed.target, failed.views, failed.last_error
), outcomes AS (
  INSERT INTO sync_run_targets (run_id, target, views, error)
  SELECT $1::bigint, target, views, last_error FROM refused
)
UPDATE sync_runs SET heartbeat_at = clock_timestamp(), total = total + sums.targets,
  failed = failed + sums.targets
FROM (SELECT count(*)::int AS targets FROM refused) AS sums WHERE id = $1`;

/**
 * The books, for a Redis whose own are opened anew. Reading them behind the fence makes sure that they
 * include everything that another run has applied. The warning is written here because nobody would see it if
 * the run never ended.
 * $1 run, $2 dao, $3 what to warn of when Redis was wiped.
 */
export const reopenBooks = `
WITH ${fence}, reopened AS (
  UPDATE view_books SET opened_at = clock_timestamp() FROM fence WHERE dao_slug = $2
), noted AS (
  UPDATE sync_runs SET heartbeat_at = clock_timestamp(), warning = COALESCE($3::text, warning)
  FROM fence WHERE sync_runs.id = fence.id
)
SELECT books.* FROM fence, (${booksOf("$2")}) AS books`;

/**
 * Ends a run. Deletes failing targets without views once a later batch has been seen: their own batch is
 * closed then.
 * $1 run, $2 dao, $3 status or 'by-counters', $4 error, $5 warning.
 */
export const finish = `
WITH ${fence}, swept AS (
  DELETE FROM failed_targets USING fence WHERE dao_slug = $2 AND views = 0
    AND batch_id < (SELECT last_batch_id FROM view_books WHERE dao_slug = $2)
)
UPDATE sync_runs SET finished_at = clock_timestamp(), error = $4, warning = $5,
  status = CASE
    WHEN $3 <> 'by-counters' THEN $3::run_status
    WHEN total = 0 THEN 'empty'
    WHEN failed > 0 AND flushed = 0 THEN 'failed'
    WHEN failed > 0 OR flushed < GREATEST(total, CASE
      WHEN stop_requested_by IS NOT NULL THEN cardinality(targets) END) THEN 'partial'
    ELSE 'succeeded' END::run_status
FROM fence WHERE sync_runs.id = fence.id
RETURNING status, total, flushed, failed, views_flushed::float8 AS "viewsFlushed", recovered`;
