-- What cleanups have removed, so that the books still explain the persisted total, and where one stopped
-- for lack of time. Columns with a constant default: no row is rewritten.
ALTER TABLE "view_books" ADD COLUMN     "cleanup_after" VARCHAR(100) NOT NULL DEFAULT '',
ADD COLUMN     "removed_topics" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "removed_views" BIGINT NOT NULL DEFAULT 0;
