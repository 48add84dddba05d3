import { z } from "zod";
import { DependencyError, onDatabase } from "~/platform/dependency-error.server";
import type { PrismaClient } from "~/generated/prisma/client";
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
      "Counted in Redis and not yet persisted: waiting, in the open batch, or parked",
    ),
    lastUpdated: z.iso.datetime().nullable().describe("Of the last flush; null before the first"),
    isRealTime: z.boolean().describe("Whether the overlay is counted in"),
    source: z.enum(["redis+postgres", "postgres"]),
    degraded: z.literal(true).optional().describe("Only while Redis is away"),
  })
  .describe("The views of one topic");

export type TopicViews = z.infer<typeof topicViewsSchema>;

interface PersistedRow {
  views: number;
  batchId: number;
  lastUpdated: Date;
}

/** How often a read starts again because a batch was opened while it read. */
const MOST_READS = 5;

/**
 * Reads Redis first and PostgreSQL second. A topic's share of the open batch counts only while its row
 * does not carry the batch. A row that carries a batch younger than what Redis told means that the
 * batch was opened in between, and that what Redis told about the overlay is in the row by now: the
 * read starts again. So a count never goes back, and never counts a view twice.
 */
export class TopicViewsReader {
  readonly #tracker: ViewTracker;
  readonly #prisma: PrismaClient;
  readonly #daoSlug: string;

  constructor(dependencies: { tracker: ViewTracker; prisma: PrismaClient; daoSlug: string }) {
    this.#tracker = dependencies.tracker;
    this.#prisma = dependencies.prisma;
    this.#daoSlug = dependencies.daoSlug;
  }

  /**
   * In the order of `topicIds`, which are valid and different.
   * @throws DependencyError when PostgreSQL is away
   */
  async read(topicIds: string[]): Promise<TopicViews[]> {
    const targets = topicIds.map(topicTarget);
    try {
      let pending = await this.#tracker.getPending(targets);
      for (let reads = 1; ; reads += 1) {
        const rows = await this.#persisted(topicIds);
        const isBehind = [...rows.values()].some((row) => row.batchId > pending.lastBatch);
        if (!isBehind || reads >= MOST_READS) return combine(topicIds, rows, pending);
        const again = await this.#tracker.getPending(targets);
        // Nothing was opened in between: Redis itself is behind, after a failover or a wipe.
        if (again.lastBatch === pending.lastBatch) return combine(topicIds, rows, pending);
        pending = again;
      }
    } catch (error) {
      if (!(error instanceof DependencyError) || error.dependency !== "redis") throw error;
      return combine(topicIds, await this.#persisted(topicIds), undefined);
    }
  }

  async #persisted(topicIds: string[]): Promise<Map<string, PersistedRow>> {
    const rows = await onDatabase(() =>
      this.#prisma.forumTopicViewStats.findMany({
        where: { dao_slug: this.#daoSlug, topicId: { in: topicIds } },
      }),
    );
    return new Map(
      rows.map(({ topicId, views, batch_id, lastUpdated }) => [
        topicId,
        { views, batchId: Number(batch_id), lastUpdated },
      ]),
    );
  }
}

/** Adds up both stores' parts; `pending` is undefined when Redis is away. */
export function combine(
  topicIds: string[],
  rows: Map<string, PersistedRow>,
  pending: PendingSnapshot | undefined,
): TopicViews[] {
  return topicIds.map((topicId, index) => {
    const row = rows.get(topicId);
    const baseViews = row?.views ?? 0;
    const lastUpdated = row?.lastUpdated.toISOString() ?? null;
    const inRedis = pending?.targets[index];
    if (!pending || !inRedis) {
      return {
        topicId,
        uniqueViews: baseViews,
        baseViews,
        overlayViews: 0,
        lastUpdated,
        isRealTime: false,
        source: "postgres",
        degraded: true,
      };
    }
    const isApplied = pending.openBatch !== undefined && (row?.batchId ?? 0) >= pending.openBatch;
    const overlayViews = inRedis.overlay + inRedis.parked + (isApplied ? 0 : inRedis.batch);
    return {
      topicId,
      uniqueViews: baseViews + overlayViews,
      baseViews,
      overlayViews,
      lastUpdated,
      isRealTime: true,
      source: "redis+postgres",
    };
  });
}
