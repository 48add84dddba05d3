-- The key begins with the day: then the rows of a sync are neighbours in its index, whatever the history, and days
-- that are over can be deleted. ON CONFLICT finds a key by its columns in any order, so older versions go on.
-- Whoever writes waits behind this for two seconds at most, if something else keeps the table.
-- \x3B is a semicolon, which would end the script's statement.
DO E'BEGIN
  FOR attempt IN 1..300 LOOP
    BEGIN
      PERFORM set_config(''lock_timeout'', ''2s'', true)\x3B
      ALTER TABLE "forum_topic_view_daily"
        DROP CONSTRAINT "forum_topic_view_daily_pkey",
        ADD CONSTRAINT "forum_topic_view_daily_pkey" PRIMARY KEY USING INDEX "forum_topic_view_daily_by_day"\x3B
      RETURN\x3B
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(1)\x3B
    END\x3B
  END LOOP\x3B
  RAISE EXCEPTION ''Something keeps the table forum_topic_view_daily locked: end it, and migrate again''\x3B
END';
