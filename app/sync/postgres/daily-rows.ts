/**
 * The key of the views by day begins with the day, so that a sync writes rows that are neighbours. What is wanted of
 * a topic over all days has to name them.
 */
export const everyDay = (dao: "$1" | "$2") => `ARRAY(
  SELECT first + distance FROM (
    SELECT min(day) AS first, max(day) AS last FROM forum_topic_view_daily WHERE dao_slug = ${dao}
  ) AS span, generate_series(0, last - first) AS distance
)`;
