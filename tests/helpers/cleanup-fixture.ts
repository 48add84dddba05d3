import { Cleanup, type CleanupOptions, type Retention } from "~/retention/cleanup.server";
import type { SyncFixture } from "./sync-fixture";

/** A different number of days for each kind, so that a mix-up shows. */
export const retention: Retention = {
  runErrors: 10,
  runs: 40,
  auditEntries: 20,
  dailyRows: 50,
  topics: 60,
};

/** A cleanup as another process would have it. */
export function cleanupOf(
  dao: SyncFixture,
  options: Partial<CleanupOptions> = {},
  clock = { now: () => performance.now() },
): Cleanup {
  const { pool, daoSlug, tracker } = dao;
  return new Cleanup({
    pool,
    daoSlug,
    tracker,
    clock,
    options: { retention, maxSeconds: undefined, batchSize: 1_000, ...options },
  });
}

type Dao = Pick<SyncFixture, "query">;

/** Makes all topics of a DAO, or one, as old as if their last view had been persisted so long ago. */
export async function ageTopics(dao: Dao, days: number, topicId?: string): Promise<void> {
  await dao.query(
    `UPDATE forum_topic_view_stats
     SET "lastUpdated" = now() AT TIME ZONE 'UTC' - make_interval(days => $2)
     WHERE dao_slug = $1 AND ($3::text IS NULL OR "topicId" = $3)`,
    ...[days, topicId ?? null],
  );
}

export async function ageRuns(dao: Dao, days: number): Promise<void> {
  await dao.query(
    `UPDATE sync_runs SET started_at = now() - make_interval(days => $2) WHERE dao_slug = $1`,
    days,
  );
}
