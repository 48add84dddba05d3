-- Room in each page for the next version of its rows: an update that stays in its page writes no index entry.
-- Takes effect for pages that are filled from now on.
ALTER TABLE "forum_topic_view_stats" SET (fillfactor = 80);
ALTER TABLE "forum_topic_view_daily" SET (fillfactor = 80);
