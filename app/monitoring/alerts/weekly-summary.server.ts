import type pg from "pg";
import { formatCount, formatDay, formatNumber, formatPercent } from "~/lib/format";
import { plainText } from "~/lib/plain-text";
import { runStatement } from "~/platform/postgres.server";
import type { TopicDirectory } from "~/stats/directory.server";

/** So that ten titles fit into a message. */
const LONGEST_TITLE = 80;

/** Whether this week's message is stored. $1 dao, $2 Monday. */
const isWritten = `EXISTS (
  SELECT FROM alerts WHERE dao_slug = $1 AND kind = 'weekly-summary' AND started_at >= $2::date AT TIME ZONE 'UTC'
)`;

/** The week before a Monday, and the week before that. $1 dao, $2 Monday. */
const readWeek = `
WITH topic AS (
  SELECT "topicId", COALESCE(sum(views) FILTER (WHERE day >= $2::date - 7), 0) AS views,
    COALESCE(sum(views) FILTER (WHERE day < $2::date - 7), 0) AS former
  FROM forum_topic_view_daily WHERE dao_slug = $1 AND day >= $2::date - 14 AND day < $2::date
  GROUP BY "topicId"
)
SELECT to_char($2::date - 7, 'YYYY-MM-DD') AS first, to_char($2::date - 1, 'YYYY-MM-DD') AS last,
  COALESCE(sum(views), 0)::float AS views, COALESCE(sum(former), 0)::float AS former,
  COALESCE((
    SELECT json_agg(top) FROM (
      SELECT "topicId", views FROM topic WHERE views > 0 ORDER BY views DESC, "topicId" LIMIT 10
    ) AS top
  ), '[]') AS top, (
    SELECT count(*)::int FROM sync_runs WHERE dao_slug = $1 AND status IN ('failed', 'partial')
      AND started_at >= ($2::date - 7) AT TIME ZONE 'UTC' AND started_at < $2::date AT TIME ZONE 'UTC'
  ) AS failed, (
    SELECT count(*)::int FROM failed_targets WHERE dao_slug = $1 AND views > 0
  ) AS kept
FROM topic`;

/**
 * The message is stored as an alert that is over as soon as it was sent. Last week's message is not sent any
 * more if that has not succeeded by now. Two processes at once write only one, because each kind has at most
 * one alert that is not over.
 * $1 dao, $2 Monday, $3 title, $4 text.
 */
const writeSummary = `
WITH former AS (
  UPDATE alerts SET resolved_at = clock_timestamp(), resolved_sent_at = clock_timestamp()
  WHERE dao_slug = $1 AND kind = 'weekly-summary' AND resolved_at IS NULL
    AND started_at < $2::date AT TIME ZONE 'UTC'
  RETURNING 1
)
INSERT INTO alerts (dao_slug, kind, title, text, path)
SELECT $1, 'weekly-summary', $3, $4, '/admin' FROM (SELECT count(*) FROM former) AS after_former
WHERE NOT ${isWritten}
ON CONFLICT (dao_slug, kind) WHERE resolved_at IS NULL DO NOTHING`;

interface Week {
  first: string;
  last: string;
  views: number;
  former: number;
  top: Array<{ topicId: string; views: number }>;
  failed: number;
  kept: number;
}

/**
 * Stores a message about the last whole week, Monday to Sunday in UTC, once a week. It is sent with the
 * alerts.
 */
export async function summariseWeek(dependencies: {
  pool: pg.Pool;
  daoSlug: string;
  directory: Pick<TopicDirectory, "names">;
  clock: () => Date;
}): Promise<void> {
  const { pool, daoSlug, directory, clock } = dependencies;
  const values = [daoSlug, mondayOf(clock())];
  const [row] = await runStatement(pool, `SELECT WHERE ${isWritten}`, values);
  if (row) return;
  const [week] = await runStatement<Week>(pool, readWeek, values);
  const names = await directory.names(week!.top.map(({ topicId }) => topicId));
  const titleOf = (topicId: string) => names.get(topicId)?.title ?? `Topic ${topicId}`;
  await runStatement(pool, writeSummary, [...values, titleFor(week!), textOf(week!, titleOf)]);
}

function mondayOf(now: Date): string {
  const monday = new Date(now);
  monday.setUTCDate(now.getUTCDate() - ((now.getUTCDay() + 6) % 7));
  return monday.toISOString().slice(0, 10);
}

function titleFor({ first, last, views }: Week): string {
  return `${formatCount(views, "view")} from ${formatDay(first, "short")} to ${formatDay(last)}`;
}

function textOf(
  { views, former, top, failed, kept }: Week,
  titleOf: (id: string) => string,
): string {
  const ranking = top.map(
    (topic, place) =>
      `${place + 1}. ${plainText(titleOf(topic.topicId), LONGEST_TITLE)}: ${formatNumber(topic.views)}`,
  );
  const troubles = [
    failed > 0 && `${formatCount(failed, "sync failed", "syncs failed")} at least in part.`,
    kept > 0 && `The views of ${formatCount(kept, "topic")} could not be persisted yet.`,
  ].filter(Boolean);
  return [
    changeOf(views, former),
    ...(ranking.length > 0 ? ["Most read:", ...ranking] : []),
    troubles.join(" ") || "No sync failed, and nothing needs attention.",
  ].join("\n");
}

function changeOf(views: number, former: number): string {
  if (former === 0) return "The week before had no views.";
  const change = views / former - 1;
  if (change === 0) return "As many as in the week before.";
  const direction = change > 0 ? "more" : "fewer";
  return `${formatPercent(Math.abs(change))} ${direction} than in the week before (${formatNumber(former)}).`;
}
