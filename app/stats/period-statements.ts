import { MOST_KEPT, MOST_KEPT_RISING } from "./ranking";

/** The statements of periods. All are reports: they lock nothing, and no sync waits for them. */

/**
 * `changes` rises with whatever changes persisted views; `rewritten` with what changes days that are over: views
 * taken off a topic, topics that are removed or adopted. $1 dao.
 */
export const mark = `
SELECT COALESCE(applied + 2 * discarded + removed_topics, 0)::text AS changes,
  COALESCE(discarded + adopted + removed_topics + removed_views, 0)::text AS rewritten,
  (SELECT to_char(min(day), 'YYYY-MM-DD') FROM forum_topic_view_daily WHERE dao_slug = $1) AS "firstDay"
FROM (SELECT 1) AS one LEFT JOIN view_books ON dao_slug = $1`;

/**
 * The views of the days that syncs still change, with `mark` at the same moment. $1 dao, $2 first of these
 * days.
 */
export const liveDays = `
SELECT mark.*, to_char(day, 'YYYY-MM-DD') AS day, "topicIds", views FROM (${mark}) AS mark LEFT JOIN (
  SELECT day, json_agg("topicId") AS "topicIds", json_agg(views) AS views
  FROM forum_topic_view_daily WHERE dao_slug = $1 AND day >= $2::date GROUP BY day
) AS live ON true`;

/** Empty without a category. */
function ofCategory(category: string | undefined, column: string, parameter: `$${number}`): string {
  if (category === undefined) return "";
  return `AND ${column} IN (
    SELECT "topicId" FROM topics WHERE dao_slug = $1 AND category = ${parameter}::text
  )`;
}

/** $1 dao, $2 and $3 first and last day, $4 the category, if any. */
export const dayTotals = (category: string | undefined) => `
SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(views)::float8 AS views FROM forum_topic_view_daily
WHERE dao_slug = $1 AND day BETWEEN $2::date AND $3::date
  ${ofCategory(category, '"topicId"', "$4")}
GROUP BY day`;

const sumsOfTopic = `"topicId", COALESCE(sum(views) FILTER (WHERE day >= $2::date), 0)::float8 AS views,
    COALESCE(sum(views) FILTER (WHERE day < $2::date), 0)::float8 AS previous`;

/** $1 dao, $2 first day of the period, $3 first day of the period before, $4 last day. */
const sumsOfDays = `
  SELECT ${sumsOfTopic}
  FROM forum_topic_view_daily
  WHERE dao_slug = $1 AND day BETWEEN $3::date AND $4::date`;

/** What every topic had before the days that syncs still change. $1 dao, $2 the first of these. */
const sumsOfAllTime = `
  SELECT stats."topicId", (stats.views - COALESCE(live.views, 0))::float8 AS views, 0::float8 AS previous
  FROM forum_topic_view_stats AS stats LEFT JOIN (
    SELECT "topicId", sum(views) AS views FROM forum_topic_view_daily
    WHERE dao_slug = $1 AND day >= $2::date GROUP BY "topicId"
  ) AS live USING ("topicId")
  WHERE stats.dao_slug = $1`;

function ranked(sums: string, category: string | undefined): string {
  return `
WITH sums AS MATERIALIZED (${sums}
), by_views AS (
  SELECT * FROM sums ORDER BY views DESC, "topicId" LIMIT ${MOST_KEPT}
), by_growth AS (
  SELECT * FROM sums ORDER BY views - previous DESC, "topicId" LIMIT ${MOST_KEPT_RISING}
)
SELECT (SELECT count(*)::int FROM sums) AS topics,
  (SELECT COALESCE(sum(views), 0)::float8 FROM sums) AS total,
  (SELECT COALESCE(json_agg(by_views), '[]') FROM by_views) AS "byViews",
  (SELECT COALESCE(json_agg(by_growth), '[]') FROM by_growth) AS "byGrowth",
  ${category === undefined ? byCategory : `'[]'::json`} AS categories`;
}

const byCategory = `(
  SELECT COALESCE(json_agg(of_category), '[]') FROM (
    SELECT category, sum(views)::float8 AS views, sum(previous)::float8 AS previous
    FROM sums LEFT JOIN topics ON topics.dao_slug = $1 AND topics."topicId" = sums."topicId"
    GROUP BY category
  ) AS of_category
)`;

/** As `sumsOfDays`; $5 the category, if any. */
export function finishedSums(category: string | undefined): string {
  const condition = ofCategory(category, '"topicId"', "$5");
  return ranked(`${sumsOfDays} ${condition} GROUP BY "topicId"`, category);
}

/** As `sumsOfAllTime`; $3 the category, if any. */
export function allTimeSums(category: string | undefined): string {
  return ranked(`${sumsOfAllTime} ${ofCategory(category, 'stats."topicId"', "$3")}`, category);
}

/** As `sumsOfDays`, for the topics $5. Lists all days, because the primary key begins with the day. */
export const sumsOfTopics = `
SELECT ${sumsOfTopic} FROM forum_topic_view_daily
WHERE dao_slug = $1 AND "topicId" = ANY($5::text[]) AND day = ANY(
  ARRAY(SELECT generate_series($3::date, $4::date, interval '1 day')::date)
)
GROUP BY "topicId"`;

/** The same, for so many topics that one pass over the days is faster. */
export const sumsOfManyTopics = `${sumsOfDays} AND "topicId" = ANY($5::text[]) GROUP BY "topicId"`;

/**
 * As `sumsOfAllTime`, of the topics $3. Names the two days that syncs may still change, because the primary key begins
 * with the day.
 */
export const allTimeOfTopics = `
SELECT stats."topicId", (stats.views - COALESCE((
    SELECT sum(live.views) FROM forum_topic_view_daily AS live
    WHERE live.dao_slug = $1 AND live."topicId" = stats."topicId"
      AND live.day IN ($2::date, $2::date + 1)
  ), 0))::float8 AS views, 0::float8 AS previous
FROM forum_topic_view_stats AS stats
WHERE stats.dao_slug = $1 AND stats."topicId" = ANY($3::text[])`;

/** $1 dao, $2 and $3 first and last day, $4 topics. */
export const daysOfTopics = `
SELECT "topicId", to_char(day, 'YYYY-MM-DD') AS day, views FROM forum_topic_view_daily
WHERE dao_slug = $1 AND "topicId" = ANY($4::text[]) AND day = ANY(
  ARRAY(SELECT generate_series($2::date, $3::date, interval '1 day')::date)
)`;

/** $1 dao, $2 topics. */
export const categoriesOfTopics = `
SELECT "topicId", category FROM topics WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])`;
