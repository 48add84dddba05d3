-- Built beside running syncs. It has to be alone in its migration: a statement like this cannot be in a transaction.
CREATE UNIQUE INDEX CONCURRENTLY "forum_topic_view_daily_by_day" ON "forum_topic_view_daily"("dao_slug", "day", "topicId");
