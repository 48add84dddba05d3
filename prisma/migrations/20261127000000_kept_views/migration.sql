-- A process of the version before goes on counting and reading, and begins no sync and no discard any more: what it
-- does first needs the index and the default that go here. This comes first, so that it moves nothing whose next
-- step would fail. What it was in the middle of is finished by the next sync of this version.

-- A retry moves views within PostgreSQL alone, so it runs beside a sync.
DROP INDEX "sync_runs_one_running";
CREATE UNIQUE INDEX "sync_runs_one_running" ON "sync_runs"("dao_slug") WHERE "status" = 'running' AND "trigger" <> 'retry';

-- Only discards of the version before are in here.
ALTER TABLE "discards" ALTER COLUMN "status" DROP DEFAULT;

-- Null for a target that was flushed: the outcome of each target that an admin retried stays with the run.
ALTER TABLE "sync_run_errors" RENAME TO "sync_run_targets";
ALTER TABLE "sync_run_targets" ALTER COLUMN "error" DROP NOT NULL;
ALTER TABLE "sync_run_targets" RENAME CONSTRAINT "sync_run_errors_pkey" TO "sync_run_targets_pkey";
ALTER TABLE "sync_run_targets" RENAME CONSTRAINT "sync_run_errors_run_id_fkey" TO "sync_run_targets_run_id_fkey";
ALTER INDEX "sync_run_errors_run_id_id_idx" RENAME TO "sync_run_targets_run_id_id_idx";
ALTER INDEX "sync_run_errors_target_id_idx" RENAME TO "sync_run_targets_target_id_idx";
ALTER SEQUENCE "sync_run_errors_id_seq" RENAME TO "sync_run_targets_id_seq";

ALTER TABLE "view_books" RENAME COLUMN "batch_applied" TO "batch_taken";
ALTER TABLE "view_books" ADD COLUMN     "adopted" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "batch_offset" INTEGER NOT NULL DEFAULT 0;

-- What PostgreSQL cannot take of a batch is kept here, with its views and the batch it came with. The rows of
-- before had no views: those are in Redis, in the overlay or set aside, and the next sync claims them.
DELETE FROM "failed_targets";
ALTER TABLE "failed_targets" DROP COLUMN "parked",
ADD COLUMN     "topicId" VARCHAR(100),
ADD COLUMN     "views" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "batch_id" BIGINT NOT NULL DEFAULT 0;
