/**
 * The primary key of the views by day begins with the day, so that a sync writes neighbouring rows. To find
 * the rows of one topic by that key, a statement has to name all days.
 */
export const everyDay = (dao: "$1" | "$2") => `ARRAY(
  SELECT first + distance FROM (
    SELECT min(day) AS first, max(day) AS last FROM forum_topic_view_daily WHERE dao_slug = ${dao}
  ) AS span, generate_series(0, last - first) AS distance
)`;
