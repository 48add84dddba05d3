import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { booksOf } from "../postgres/ledger-statements";
import type { ViewKeys } from "../redis/view-keys";
import { runTransaction, type RedisClient } from "~/platform/redis-script.server";

/** The balance at one moment. All numbers are views, unless they say otherwise. */
export interface Books {
  /** Includes views that were counted under older names of their topics. */
  accepted: number;
  applied: number;
  discarded: number;
  /** Topics that a cleanup removed because nobody viewed them any more, and their persisted views. */
  removed: { topics: number; views: number };
  overlay: number;
  /** Claimed by the open batch and not yet taken by PostgreSQL. */
  batch: number;
  /** Kept by PostgreSQL because it could not add them to their topics. */
  kept: number;
  /**
   * Accepted less everything above: 0 when nothing is lost and nothing counted twice, above 0 when
   * views are missing, below 0 when there are too many.
   */
  difference: number;
  /** When the oldest view in the overlay or in the open batch was counted. */
  pendingSince: Date | undefined;
  /** When the open batch was claimed. */
  batchOpenedAt: Date | undefined;
  /** The last batch ids that Redis has given out and PostgreSQL has seen; Redis must never be behind. */
  lastBatch: number | undefined;
  highWater: number;
  openedAt: Date | undefined;
}

interface DatabaseSide {
  applied: string;
  discarded: string;
  adopted: string;
  kept: string;
  removed_topics: string;
  removed_views: string;
  last_batch_id: string;
  batch_taken: string;
  opened_at: Date;
}

interface RedisSide {
  accepted: string | null;
  lastBatch: string | null;
  batch: Record<string, string>;
  totals: Record<string, string>;
}

/** How often the two stores are read, while one of them changes in between. */
const MOST_READS = 5;

/**
 * Compares what was accepted with where it is. Both stores keep running sums, each changed by the same
 * script or statement that moves the views, so the comparison costs a handful of reads however much
 * is pending.
 */
export class BooksReader {
  constructor(
    private readonly dependencies: {
      pool: pg.Pool;
      redis: RedisClient;
      keys: ViewKeys;
      daoSlug: string;
    },
  ) {}

  /**
   * `difference` is exact, and `lastBatch` and `highWater` belong together, if PostgreSQL did not change
   * while Redis was read. That is tried a few times. During a sync the last try may be off by a chunk; then
   * `isSettled` is false.
   * @throws DependencyError
   */
  async read(): Promise<Books & { isSettled: boolean }> {
    let before = await this.#inDatabase();
    for (let reads = 1; ; reads += 1) {
      const redis = await this.#inRedis();
      const after = await this.#inDatabase();
      const isSettled =
        before?.batch_taken === after?.batch_taken &&
        before?.last_batch_id === after?.last_batch_id;
      if (isSettled || reads >= MOST_READS) return { ...balance(redis, after), isSettled };
      before = after;
    }
  }

  async #inRedis(): Promise<RedisSide> {
    const { accepted, lastBatch, batch, totals } = this.dependencies.keys;
    const [acceptedViews, last, batchHash, totalsHash] = await runTransaction<
      [string | null, string | null, Record<string, string>, Record<string, string>]
    >(this.dependencies.redis.multi().get(accepted).get(lastBatch).hgetall(batch).hgetall(totals));
    return { accepted: acceptedViews, lastBatch: last, batch: batchHash, totals: totalsHash };
  }

  async #inDatabase(): Promise<DatabaseSide | undefined> {
    const [row] = await runStatement<DatabaseSide>(this.dependencies.pool, booksOf("$1"), [
      this.dependencies.daoSlug,
    ]);
    return row;
  }
}

function balance(redis: RedisSide, database: DatabaseSide | undefined): Books {
  const accepted = Number(redis.accepted ?? 0) + Number(database?.adopted ?? 0);
  const applied = Number(database?.applied ?? 0);
  const discarded = Number(database?.discarded ?? 0);
  const kept = Number(database?.kept ?? 0);
  const overlay = waitingViews(redis.totals);
  const batch = untakenViews(redis.batch, database);
  return {
    accepted,
    applied,
    discarded,
    removed: {
      topics: Number(database?.removed_topics ?? 0),
      views: Number(database?.removed_views ?? 0),
    },
    overlay,
    batch,
    kept,
    difference: accepted - applied - discarded - overlay - batch - kept,
    pendingSince: dateOf(redis.batch.since ?? redis.totals.since),
    batchOpenedAt: dateOf(redis.batch.openedAt),
    lastBatch: redis.lastBatch === null ? undefined : Number(redis.lastBatch),
    highWater: Number(database?.last_batch_id ?? 0),
    openedAt: database?.opened_at,
  };
}

function dateOf(milliseconds: string | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(Number(milliseconds));
}

/** Views in the overlay and, until the first sync, those that the version before had parked in Redis. */
function waitingViews({ since: _since, ...views }: Record<string, string>): number {
  return Object.values(views).reduce((sum, text) => sum + Number(text), 0);
}

function untakenViews(batch: Record<string, string>, database: DatabaseSide | undefined): number {
  if (batch.id === undefined) return 0;
  const taken = database?.last_batch_id === batch.id ? Number(database.batch_taken) : 0;
  return Number(batch.views ?? 0) - Number(batch.returned ?? 0) - taken;
}
