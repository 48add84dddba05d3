import { z } from "zod";
import type pg from "pg";
import { DependencyError } from "~/platform/dependency-error.server";
import { runStatement } from "~/platform/postgres.server";
import { topicTarget } from "~/sync/target";
import type { PendingSnapshot, ViewTracker } from "./view-tracker.server";

const views = z.int().min(0);

/** The views of one topic, as the API answers them. */
export const topicViewsSchema = z
  .object({
    topicId: z.string(),
    uniqueViews: views.describe("Every accepted view, wherever it is on its way: base and overlay"),
    baseViews: views.describe("Persisted in PostgreSQL"),
    overlayViews: views.describe(
      "Counted and not yet persisted: waiting or being written in Redis, or failing in PostgreSQL",
    ),
    lastUpdated: z.iso.datetime().nullable().describe("Of the last flush; null before the first"),
    isRealTime: z.boolean().describe("Whether there are views in the overlay"),
    source: z
      .enum(["redis+postgres", "postgres"])
      .describe("`postgres` where every view is persisted, and while Redis is away"),
    degraded: z.literal(true).optional().describe("Only while Redis is away"),
  })
  .describe("The views of one topic");

export type TopicViews = z.infer<typeof topicViewsSchema>;

/** What PostgreSQL holds of one topic, read at one moment. */
interface TopicRow {
  topicId: string;
  views: number;
  lastUpdated: string | null;
  /** Views that could not be added to the topic. */
  kept: number;
  /** The last batch whose views are in the topic's row or in its failing target. */
  batchId: number;
  /** The last batch that PostgreSQL has seen, of whichever topics. */
  highWater: number;
}

/** Both tables in one statement, because a retry moves views between them. $1 dao, $2 topics. */
const topicRows = `
SELECT wanted."topicId", COALESCE(stats.views, 0) AS views,
  to_char("lastUpdated", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "lastUpdated",
  COALESCE(failed.views, 0)::float8 AS kept,
  GREATEST(stats.batch_id, failed.batch_id, 0)::float8 AS "batchId",
  COALESCE((SELECT last_batch_id FROM view_books WHERE dao_slug = $1), 0)::float8 AS "highWater"
FROM unnest($2::text[]) WITH ORDINALITY AS wanted("topicId", position)
LEFT JOIN forum_topic_view_stats AS stats
  ON stats.dao_slug = $1 AND stats."topicId" = wanted."topicId"
LEFT JOIN failed_targets AS failed
  ON failed.dao_slug = $1 AND failed.target = 'forum_topic:' || wanted."topicId"
ORDER BY position`;

/** How often a read starts again because a batch was opened while it read. */
const MOST_READS = 5;

/**
 * Reads Redis first and PostgreSQL second. A topic's share of the open batch counts only while PostgreSQL has
 * not taken it. If PostgreSQL has seen a later batch than Redis told of, that batch was opened in between,
 * and views that Redis reported in the overlay may be in PostgreSQL by now: the read starts again. So a count
 * never goes down, and never counts a view twice.
 */
export class TopicViewsReader {
  constructor(
    private readonly dependencies: { tracker: ViewTracker; pool: pg.Pool; daoSlug: string },
  ) {}

  /**
   * In the order of `topicIds`, which are valid and different.
   * @throws DependencyError when PostgreSQL is away
   */
  async read(topicIds: string[]): Promise<TopicViews[]> {
    const { tracker } = this.dependencies;
    const targets = topicIds.map(topicTarget);
    try {
      let pending = await tracker.getPending(targets);
      for (let reads = 1; ; reads += 1) {
        const rows = await this.#rows(topicIds);
        const isBehind = rows.some((row) => row.highWater > pending.lastBatch);
        if (!isBehind || reads >= MOST_READS) return combine(rows, pending);
        const again = await tracker.getPending(targets);
        // Nothing was opened in between: Redis itself is behind, maybe since a wipe or failover a moment ago.
        if (again.lastBatch === pending.lastBatch) return combine(rows, again);
        pending = again;
      }
    } catch (error) {
      if (!(error instanceof DependencyError) || error.dependency !== "redis") throw error;
      return combine(await this.#rows(topicIds), undefined);
    }
  }

  #rows(topicIds: string[]): Promise<TopicRow[]> {
    const { pool, daoSlug } = this.dependencies;
    // Without a limit: it would make this lookup by key, which every page of the forum needs, half as slow
    // again.
    return runStatement<TopicRow>(pool, topicRows, [daoSlug, topicIds], null);
  }
}

/** Adds up both stores' parts; `pending` is undefined when Redis is away. */
function combine(rows: TopicRow[], pending: PendingSnapshot | undefined): TopicViews[] {
  return rows.map(({ topicId, views: baseViews, lastUpdated, kept, batchId }, index) => {
    const { overlay, batch } = pending?.targets[index] ?? { overlay: 0, batch: 0 };
    const isTaken = pending?.openBatch !== undefined && batchId >= pending.openBatch;
    const overlayViews = kept + overlay + (isTaken ? 0 : batch);
    const isRealTime = pending !== undefined && overlayViews > 0;
    return {
      topicId,
      uniqueViews: baseViews + overlayViews,
      baseViews,
      overlayViews,
      lastUpdated,
      isRealTime,
      source: isRealTime ? "redis+postgres" : "postgres",
      ...(pending ? {} : { degraded: true as const }),
    };
  });
}
