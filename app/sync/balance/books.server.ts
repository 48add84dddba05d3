import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { runTransaction, type RedisClient } from "~/platform/redis-script.server";
import { booksOf } from "../postgres/ledger-statements";
import type { BooksInDatabase } from "../postgres/postgres-ledger.server";
import type { ViewKeys } from "../redis/view-keys";

/** The balance at one moment. All numbers are views, unless they say otherwise. */
export type Books = Awaited<ReturnType<BooksReader["read"]>>;

type RedisSide = [
  accepted: string | null,
  lastBatch: string | null,
  batch: Record<string, string>,
  totals: Record<string, string>,
];

/** How often the two stores are read, while one of them changes in between. */
const MOST_READS = 5;

/** What PostgreSQL has before the first run. */
const noBooks: BooksInDatabase = {
  applied: 0,
  discarded: 0,
  kept: 0,
  adopted: 0,
  lastBatch: 0,
  batchTaken: 0,
};

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
  async read() {
    let before = await this.#inDatabase();
    for (let reads = 1; ; reads += 1) {
      const redis = await this.#inRedis();
      const after = await this.#inDatabase();
      const isSettled =
        before.batchTaken === after.batchTaken && before.lastBatch === after.lastBatch;
      if (isSettled || reads >= MOST_READS) return { ...balance(redis, after), isSettled };
      before = after;
    }
  }

  #inRedis(): Promise<RedisSide> {
    const { accepted, lastBatch, batch, totals } = this.dependencies.keys;
    return runTransaction<RedisSide>(
      this.dependencies.redis.multi().get(accepted).get(lastBatch).hgetall(batch).hgetall(totals),
    );
  }

  async #inDatabase(): Promise<BooksInDatabase> {
    const { pool, daoSlug } = this.dependencies;
    const [row] = await runStatement<BooksInDatabase>(pool, booksOf("$1"), [daoSlug]);
    return row ?? noBooks;
  }
}

function balance([counted, lastBatch, open, totals]: RedisSide, database: BooksInDatabase) {
  const { applied, discarded, kept } = database;
  const accepted = Number(counted ?? 0) + database.adopted;
  const overlay = waitingViews(totals);
  const batch = untakenViews(open, database);
  return {
    /** Includes views that were counted under older names of their topics. */
    accepted,
    applied,
    discarded,
    overlay,
    /** Claimed by the open batch and not yet taken by PostgreSQL. */
    batch,
    /** Kept by PostgreSQL because it could not add them to their topics. */
    kept,
    /**
     * Accepted less everything above: 0 when nothing is lost and nothing counted twice, above 0 when
     * views are missing, below 0 when there are too many.
     */
    difference: accepted - applied - discarded - overlay - batch - kept,
    /** When the oldest view in the overlay or in the open batch was counted. */
    pendingSince: dateOf(open.since ?? totals.since),
    batchOpenedAt: dateOf(open.openedAt),
    /** The last batch ids that Redis has given out and PostgreSQL has seen; Redis must never be behind. */
    lastBatch: lastBatch === null ? undefined : Number(lastBatch),
    highWater: database.lastBatch,
  };
}

function dateOf(milliseconds: string | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(Number(milliseconds));
}

/** Views in the overlay and, until the first sync, those that the version before had parked in Redis. */
function waitingViews({ since: _since, ...views }: Record<string, string>): number {
  return Object.values(views).reduce((sum, text) => sum + Number(text), 0);
}

function untakenViews(batch: Record<string, string>, database: BooksInDatabase): number {
  if (batch.id === undefined) return 0;
  const taken = database.lastBatch === Number(batch.id) ? database.batchTaken : 0;
  return Number(batch.views ?? 0) - Number(batch.returned ?? 0) - taken;
}

export interface BooksView {
  /**
   * - `balanced`: every accepted view is where it should be
   * - `off`: by `difference` views: above 0 views are missing, below 0 there are too many
   * - `checking`: views are being moved, so the two stores cannot be compared at the moment
   * - `unknown`: Redis or PostgreSQL is away
   */
  state: "balanced" | "off" | "checking" | "unknown";
  /** Null unless the state is `balanced` or `off`. */
  difference: number | null;
}

/** What the books say, given whether a run is moving views at the moment. */
export function booksView(books: Books | undefined, isRunActive: boolean): BooksView {
  if (!books) return { state: "unknown", difference: null };
  const { difference, isSettled } = books;
  if (difference === 0) return { state: "balanced", difference };
  if (isRunActive || !isSettled) return { state: "checking", difference: null };
  return { state: "off", difference };
}

/** Redis knows no batch although PostgreSQL has seen some: it has lost everything. */
export function isWiped(books: Pick<Books, "lastBatch" | "highWater">): boolean {
  return books.lastBatch === undefined && books.highWater > 0;
}

/** Redis is behind the batches that PostgreSQL has seen. While a sync claims a batch, it may only seem so. */
export function isRegressed(books: Pick<Books, "lastBatch" | "highWater" | "isSettled">): boolean {
  return books.isSettled && books.lastBatch !== undefined && books.lastBatch < books.highWater;
}
