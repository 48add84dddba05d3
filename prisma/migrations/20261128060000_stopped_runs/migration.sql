-- Which admin wants a run to end behind its chunk.
ALTER TABLE "sync_runs" ADD COLUMN     "stop_requested_by" VARCHAR(320);
