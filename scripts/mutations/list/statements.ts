import { guardsOf } from "../mutation";
import { inMemoryStores, ledgerGuards, simulation } from "./test-files";

export const statements = [
  ...guardsOf("app/sync/postgres/ledger-statements.ts", inMemoryStores, {
    fence: {
      guard: "A statement of a run that was taken over writes nothing",
      find: "WHERE id = $1 AND status = 'running' FOR UPDATE",
      replace: "WHERE id = $1 FOR UPDATE",
    },
    "fence-waits": {
      guard: "A statement waits for a take-over that is about to be committed",
      find: "AND status = 'running' FOR UPDATE",
      replace: "AND status = 'running'",
      test: ledgerGuards,
    },
    "fence-at-the-end": {
      guard: "A statement whose run is taken over while it works is undone",
      find: "WHEN EXISTS (SELECT FROM running) THEN run_was_taken_over()",
      replace: "WHEN EXISTS (SELECT FROM running) THEN 0",
      test: ledgerGuards,
    },
    "chunk-only-while-running": {
      guard: "A chunk is booked only on a run that is still running",
      find: `AS after_daily
  WHERE id = $1 AND status = 'running'`,
      replace: `AS after_daily
  WHERE id = $1`,
      test: ledgerGuards,
    },
    "failures-only-while-running": {
      guard: "Failures are kept only for a run that is still running",
      find: `AS applied
  WHERE id = $1 AND status = 'running'`,
      replace: `AS applied
  WHERE id = $1`,
      test: ledgerGuards,
    },
    "row-guard": {
      guard: "A row takes a batch once",
      find: "WHERE stats.batch_id < excluded.batch_id",
      replace: "WHERE true",
    },
    "failing-row-guard": {
      guard: "A batch is not applied to a topic of which it is kept, or was moved or discarded",
      find: "WHERE dao_slug = $2 AND batch_id >= $3::bigint AND target =",
      replace: "WHERE false AND dao_slug = $2 AND batch_id >= $3::bigint AND target =",
    },
    "failing-row-of-own-name": {
      guard: "An older name that is kept leaves the topic's own views to be applied",
      find: `AND target = 'forum_topic:' || "topicId"
  )
), applied`,
      replace: `
  )
), applied`,
    },
    "kept-once": {
      guard: "A failing row takes a batch once",
      find: "WHERE failed.batch_id < excluded.batch_id",
      replace: "WHERE true",
    },
    "applied-is-not-kept": {
      guard: "What a topic's row has taken is not kept as well",
      find: "AND stats.batch_id >= $3::bigint",
      replace: "AND false",
    },
    "older-name-is-kept": {
      guard: "An older name is kept although the topic's row carries the batch",
      find: `  WHERE is_own_name
`,
    },
    "days-from-applied-rows": {
      guard: "The views of a day hold only what was really applied",
      find: "::date, views FROM fresh",
      replace: "::date, chunk.views FROM unnest($4::text[], $5::int[]) AS chunk(topic_id, views)",
    },
    "books-from-applied-rows": {
      guard: "The books hold only what was really applied",
      find: "SET applied = applied + sums.taken",
      replace: "SET applied = applied + (SELECT COALESCE(sum(v), 0) FROM unnest($5::int[]) AS v)",
    },
    "run-from-applied-rows": {
      guard: "A run's views are those that it really applied",
      find: "views_flushed = views_flushed + sums.taken",
      replace:
        "views_flushed = views_flushed + (SELECT COALESCE(sum(v), 0) FROM unnest($5::int[]) AS v)",
    },
    "batch-share-is-booked": {
      guard: "The books know how much of the open batch is taken",
      find: "THEN batch_taken ELSE 0 END + sums.taken",
      replace: "THEN 0 ELSE 0 END + sums.taken",
    },
    "high-water-mark-is-kept": {
      guard: "The highest batch id that was seen is kept",
      find: "last_batch_id = GREATEST(last_batch_id, $3::bigint)",
      replace: "last_batch_id = last_batch_id",
    },
    "offset-ends-with-its-batch": {
      guard: "The next batch is taken from its first member",
      find: "THEN batch_offset ELSE 0 END,",
      replace: "THEN batch_offset ELSE batch_offset END,",
    },
    "offset-of-the-batch": {
      guard: "The offset of another batch is not moved",
      find: "AND last_batch_id = $3::bigint RETURNING 1",
      replace: "RETURNING 1",
    },
    "offset-never-back": {
      guard: "The offset never goes back",
      find: "GREATEST(batch_offset, $4::int)",
      replace: "$4::int",
    },
    "offset-is-read-for-its-batch": {
      guard: "A run goes on at an offset only in the batch that it belongs to",
      find: "SELECT CASE WHEN last_batch_id = $3::bigint THEN batch_offset ELSE 0 END AS batch_offset",
      replace: "SELECT batch_offset",
    },
    "retried-once": {
      guard: "A retry moves kept views once",
      find: "UPDATE failed_targets AS failed SET views = 0",
      replace: "UPDATE failed_targets AS failed SET views = failed.views",
    },
    "retry-keeps-the-batch-id": {
      guard: "A retry leaves the batch id of the topic's row as it is",
      find: `SET views = stats.views + excluded.views, "lastUpdated" = excluded."lastUpdated"
  RETURNING 1`,
      replace: `SET views = stats.views + excluded.views, "lastUpdated" = excluded."lastUpdated",
      batch_id = (SELECT max(batch_id) FROM failed_targets WHERE dao_slug = $2)
  RETURNING 1`,
    },
    "one-failure-a-run": {
      guard: "A run counts as one failure of a target",
      find: "failed.attempts + (failed.last_run_id <> excluded.last_run_id)::int",
      replace: "failed.attempts + 1",
    },
    "one-sync-at-a-time": {
      guard: "A second sync is refused, not failed",
      find: "ON CONFLICT (dao_slug) WHERE status = 'running' AND trigger <> 'retry' DO NOTHING",
    },
    "tombstone-waits": {
      guard: "A failing row without views stays until a later batch was seen",
      find: "AND batch_id < (SELECT last_batch_id FROM view_books WHERE dao_slug = $2)",
    },
    "lease-holds": {
      guard: "Nobody takes over a run that is alive",
      find: "heartbeat_at < clock_timestamp() - make_interval(secs => $5)",
      replace: "$5::float8 >= 0",
    },
    "lease-ends": {
      guard: "A run whose lease is over is taken over",
      find: "heartbeat_at < clock_timestamp() - make_interval(secs => $5)",
      replace: "$5::float8 < 0",
    },
    "lease-by-the-database-clock": {
      guard: "The lease is measured from the last heartbeat",
      find: "heartbeat_at < clock_timestamp() - make_interval(secs => $5)",
      replace: "started_at < clock_timestamp() - make_interval(secs => $5)",
      test: ledgerGuards,
    },
    "chunk-renews-the-lease": {
      guard: "A run keeps its lease with every chunk",
      find: `SET heartbeat_at = clock_timestamp(), batch_id = $3::bigint,
    flushed`,
      replace: `SET batch_id = $3::bigint,
    flushed`,
      test: ledgerGuards,
    },
  }),
  ...guardsOf("app/sync/postgres/postgres-ledger.server.ts", ledgerGuards, {
    "taken-over-is-told": {
      guard: "A chunk that was undone for its run's end is not taken for refused rows",
      find: "throw isTakenOver ? new SupersededError() : error;",
      replace: "throw error;",
    },
    "stop-at-the-fence": {
      guard: "A run that was taken over takes no further step",
      find: `if (!row) throw new SupersededError();
    return row;`,
      replace: "return row ?? ({ batch_offset: 0 } as unknown as Row);",
      test: simulation,
    },
    "fence-in-a-chunk": {
      guard: "A chunk that the fence stopped is not taken for applied",
      find: `if (!row?.fenced) throw new SupersededError();
      return row;`,
      replace: "return row!;",
      test: simulation,
    },
  }),
  ...guardsOf("prisma/migrations/20261127000000_kept_views/migration.sql", inMemoryStores, {
    "retry-beside-a-sync": {
      guard: "A retry waits for no sync",
      find: `WHERE "status" = 'running' AND "trigger" <> 'retry'`,
      replace: `WHERE "status" = 'running'`,
    },
  }),
  ...guardsOf("app/sync/repair/repairs.server.ts", inMemoryStores, {
    "discarded-once": {
      guard: "A discard takes kept views once",
      find: "UPDATE failed_targets AS failed SET views = 0",
      replace: "UPDATE failed_targets AS failed SET views = failed.views",
    },
    "discard-of-accepted-views": {
      guard: "Views of a name that no topic can have are not in the books",
      find: 'FILTER (WHERE "topicId" IS NOT NULL)',
    },
    "discard-is-audited": {
      guard: "A discard is in the audit log with its targets",
      find: "FROM taken HAVING count(*) > 0",
      replace: "FROM taken HAVING count(*) < 0",
    },
    "never-below-zero": {
      guard: "No more views are taken off a topic than it has",
      find: "LEAST(views, $4::int) AS taken",
      replace: "$4::int AS taken",
    },
    "taken-off-the-days": {
      guard: "Views that are taken off a topic are taken off its days",
      find: "daily.views - LEAST(days.views, taken - of_later_days)",
      replace: "daily.views",
    },
    "taken-off-in-the-books": {
      guard: "Views that are taken off a topic are in the books",
      find: "discarded = discarded + taken",
      replace: "discarded = discarded",
    },
    "take-off-is-audited": {
      guard: "Views that are taken off a topic are in the audit log",
      find: "FROM reduced WHERE taken > 0",
      replace: "FROM reduced WHERE false",
    },
  }),
];
