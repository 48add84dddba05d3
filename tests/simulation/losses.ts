import { isRegressed } from "~/sync/balance/books.server";
import { addTo } from "./in-memory-redis";
import {
  acceptedViews,
  booksOf,
  foundViews,
  keys,
  untakenMembers,
  viewsInPostgres,
  type Stores,
} from "./promise";
import { RedisData } from "./redis-data";

/**
 * What a Redis that loses acknowledged writes loses, and what it brings back: the overlay of a replica that
 * lags may hold views that were flushed since.
 */
export class Losses {
  readonly kind: "wipe" | "failover";
  readonly #stores: Stores;
  #replica: RedisData | undefined;
  /** Target → the most views that may be missing, and the most that may be counted twice. */
  readonly #missing = new Map<string, number>();
  readonly #tooMany = new Map<string, number>();
  /**
   * Target → views in a batch that came back: shown until an admin decides, although PostgreSQL has taken it.
   */
  readonly #stale = new Map<string, number>();
  /** Target → views of `tooMany` that an admin has let into PostgreSQL. */
  #letIn = new Map<string, number>();
  #happened = 0;
  #openingsThen = 0;
  #difference = 0;
  /** The id of the last run before the last wipe of a Redis of which PostgreSQL had seen a batch. */
  #wipedAfterRun: number | undefined;

  constructor(kind: "wipe" | "failover", stores: Stores) {
    this.kind = kind;
    this.#stores = stores;
  }

  get hasHappened(): boolean {
    return this.#happened > 0;
  }

  /** A replica older than the first sync cannot be told from a Redis that was wiped. */
  get mayStopFollowing(): boolean {
    const isOpened = this.#stores.redis.data.strings.has(keys.lastBatch);
    return this.kind === "failover" && this.#replica === undefined && isOpened;
  }

  /** From now on the replica lags. */
  stopFollowing(): void {
    this.#replica = this.#stores.redis.data.copy();
  }

  get #wereBooksOpened(): boolean {
    return this.#stores.redis.openings.length > this.#openingsThen;
  }

  get canHappen(): boolean {
    return this.kind === "wipe" || this.#replica !== undefined;
  }

  async happen(): Promise<void> {
    const { redis, postgres } = this.#stores;
    const before = foundViews(this.#stores);
    const inFlight = untakenMembers(this.#stores);
    const openBefore = Number(redis.data.field(keys.batch, "id") ?? 0);
    redis.become(this.#replica ?? new RedisData());
    const after = foundViews(this.#stores);
    for (const target of new Set([...before.keys(), ...after.keys()])) {
      const gone = (before.get(target) ?? 0) - (after.get(target) ?? 0);
      addTo(gone > 0 ? this.#missing : this.#tooMany, target, Math.abs(gone));
    }
    for (const [member, views] of redis.data.ranked(keys.batchMembers)) {
      addTo(this.#stale, member, views);
    }
    // The run that claimed them may still have them in memory, and apply them later.
    if (openBefore > Number(redis.data.strings.get(keys.lastBatch) ?? openBefore)) {
      for (const [member, views] of inFlight) {
        addTo(this.#tooMany, member.replace(/^topic:/, "forum_topic:"), views);
      }
    }
    if (this.kind === "wipe" && (postgres.tables.books?.lastBatch ?? 0) > 0) {
      this.#wipedAfterRun = postgres.tables.runs.length;
    }
    this.#replica = undefined;
    this.#happened += 1;
    this.#openingsThen = redis.openings.length;
    this.#difference = (await booksOf(this.#stores).read()).difference;
  }

  /** No more is missing than was lost, and no more is counted twice than came back. */
  violation(): string | undefined {
    // An admin kept an overlay that may hold flushed views.
    if (this.#wereBooksOpened && this.#stores.redis.openings.at(-1) === "kept") {
      this.#letIn = new Map(this.#tooMany);
    }
    const accepted = acceptedViews(this.#stores);
    const found = foundViews(this.#stores);
    const inPostgres = viewsInPostgres(this.#stores);
    for (const target of new Set([...found.keys(), ...accepted.keys()])) {
      const wanted = accepted.get(target) ?? 0;
      const missing = wanted - (found.get(target) ?? 0);
      if (missing > (this.#missing.get(target) ?? 0)) {
        return `${target}: ${missing} accepted views are lost`;
      }
      if (-missing > (this.#tooMany.get(target) ?? 0))
        return `${target}: ${-missing} views counted twice`;
      const taken = inPostgres.get(target) ?? 0;
      const most = wanted + (this.#letIn.get(target) ?? 0);
      if (taken > most) return `${target}: ${taken} of ${most} views in PostgreSQL: counted twice`;
    }
    return undefined;
  }

  /** The most that a reader may be shown beyond what was accepted. */
  toldTooOften(target: string): number {
    return (this.#tooMany.get(target) ?? 0) + (this.#stale.get(target) ?? 0);
  }

  async isRegressed(): Promise<boolean> {
    return isRegressed(await booksOf(this.#stores).read());
  }

  /** At the end, after syncs: the product has reported the loss, and its books balance or still report it. */
  async unsaid(): Promise<string | undefined> {
    if (!this.hasHappened) return undefined;
    const { difference } = await booksOf(this.#stores).read();
    const expected = this.#wereBooksOpened ? 0 : this.#difference;
    // The books are off by what came back, and by what was on its way then.
    if ((difference === 0) !== (expected === 0))
      return `the books are off by ${difference}, not by ${expected}`;
    const since = this.#wipedAfterRun;
    if (since === undefined) return undefined;
    // The run that noticed the wipe may have begun before it.
    const hasWarned = this.#stores.postgres.tables.runs.some(({ warning }) =>
      warning?.includes("lost all"),
    );
    return hasWarned ? undefined : `no run told of the wipe after run ${since}`;
  }
}
