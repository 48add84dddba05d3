import type pg from "pg";
import { everyDay } from "~/sync/postgres/daily-rows";
import { runStatement } from "~/platform/postgres.server";
import { lockKept } from "../postgres/ledger-statements";

export interface Discarded {
  target: string;
  views: number;
}

/** Targets of one statement, and so of one audit entry, which names each of them. */
const DISCARD_STEP = 1_000;

/**
 * Drops the kept views of failing targets. The rows stay with 0 views, so that their batch is not taken again.
 * $1 actor, $2 dao, $3 targets, $4 reason.
 */
const discard = `
WITH taken AS (
  UPDATE failed_targets AS failed SET views = 0 FROM (${lockKept}) AS kept
  WHERE failed.dao_slug = $2 AND failed.target = kept.target
  RETURNING kept.target, kept.views, "topicId"
), booked AS (
  UPDATE view_books SET discarded = discarded + sums.views
  FROM (
    SELECT COALESCE(sum(views) FILTER (WHERE "topicId" IS NOT NULL), 0) AS views FROM taken
  ) AS sums
  WHERE dao_slug = $2
), audited AS (
  INSERT INTO audit_log (dao_slug, actor, action, details)
  SELECT $2, $1, 'discard', jsonb_build_object('reason', $4::text, 'views', sum(views),
    'targets', count(*), 'discarded', jsonb_object_agg(target, views))
  FROM taken HAVING count(*) > 0
)
SELECT target, views::float8 FROM taken ORDER BY target`;

/**
 * Takes persisted views off a topic, never more than it has, and off its days, the latest first.
 * $1 actor, $2 dao, $3 topic, $4 views, $5 reason.
 */
const takeOff = `
WITH topic AS (
  SELECT "topicId", LEAST(views, $4::int) AS taken FROM forum_topic_view_stats
  WHERE dao_slug = $2 AND "topicId" = $3 FOR UPDATE
), reduced AS (
  UPDATE forum_topic_view_stats AS stats SET views = views - taken
  FROM topic WHERE dao_slug = $2 AND stats."topicId" = topic."topicId"
  RETURNING taken
), days AS (
  SELECT day, views, sum(views) OVER (ORDER BY day DESC) - views AS of_later_days
  FROM forum_topic_view_daily, (SELECT count(*) FROM reduced) AS after_reduced
  WHERE dao_slug = $2 AND "topicId" = $3 AND day = ANY(${everyDay("$2")})
), daily AS (
  UPDATE forum_topic_view_daily AS daily SET views = daily.views - LEAST(days.views, taken - of_later_days)
  FROM days, reduced
  WHERE dao_slug = $2 AND "topicId" = $3 AND daily.day = days.day AND of_later_days < taken
  RETURNING 1
), booked AS (
  UPDATE view_books SET applied = applied - taken, discarded = discarded + taken
  FROM reduced, (SELECT count(*) FROM daily) AS after_daily WHERE dao_slug = $2
), audited AS (
  INSERT INTO audit_log (dao_slug, actor, action, details)
  SELECT $2, $1, 'views-taken-off', jsonb_build_object(
    'topic', $3::text, 'views', taken, 'reason', $5::text)
  FROM reduced WHERE taken > 0
)
SELECT taken FROM reduced`;

/** $1 actor, $2 dao, $3 run. */
const requestStop = `
WITH asked AS (
  UPDATE sync_runs SET stop_requested_by = $1
  WHERE dao_slug = $2 AND id = $3 AND status = 'running' AND stop_requested_by IS NULL
  RETURNING id
)
INSERT INTO audit_log (dao_slug, actor, action, run_id)
SELECT $2, $1, 'run-stop', id FROM asked RETURNING run_id`;

/**
 * What an admin decides about runs, and about views that are in PostgreSQL. Each statement writes its own
 * entry in the audit log, and may run at any time, even during a sync.
 */
export class Repairs {
  constructor(private readonly dependencies: { pool: pg.Pool; daoSlug: string }) {}

  /**
   * Returns those of the targets that had views, and how many.
   * @throws DependencyError; then the first thousands may have been discarded already
   */
  async discard(targets: string[], reason: string, actor: string): Promise<Discarded[]> {
    const { pool, daoSlug } = this.dependencies;
    const discarded: Discarded[] = [];
    for (let start = 0; start < targets.length; start += DISCARD_STEP) {
      const step = targets.slice(start, start + DISCARD_STEP);
      const values = [actor, daoSlug, step, reason];
      discarded.push(...(await runStatement<Discarded>(pool, discard, values)));
    }
    return discarded;
  }

  /** Returns the views taken off: fewer than asked for where the topic has fewer. @throws DependencyError */
  async takeOff(topicId: string, views: number, reason: string, actor: string): Promise<number> {
    const { pool, daoSlug } = this.dependencies;
    const values = [actor, daoSlug, topicId, views, reason];
    const [row] = await runStatement<{ taken: number }>(pool, takeOff, values);
    return row?.taken ?? 0;
  }

  /**
   * Asks a run to end after its current chunk. Returns whether it was still running and nobody else had
   * asked.
   * @throws DependencyError
   */
  async requestStop(run: string, actor: string): Promise<boolean> {
    const { pool, daoSlug } = this.dependencies;
    return (await runStatement(pool, requestStop, [actor, daoSlug, run])).length > 0;
  }
}
