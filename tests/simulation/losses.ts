import { isRegressed } from "~/sync/balance/books-state";
import { acceptedViews, booksOf, foundViews, keys, ownName, type Stores } from "./promise";
import { RedisData } from "./redis-data";

/**
 * What a Redis that loses acknowledged writes takes with it, and what it brings back: a replica that lags
 * may hold views that were flushed since, in the overlay or parked.
 */
export class Losses {
  readonly kind: "wipe" | "failover";
  readonly #stores: Stores;
  #replica: ReturnType<Stores["redis"]["replica"]> | undefined;
  /** Target → the most views that may be missing, and the most that may be there too often. */
  readonly #missing = new Map<string, number>();
  readonly #tooMany = new Map<string, number>();
  /** Target → views of `tooMany` that an admin has let into PostgreSQL, or may without being asked. */
  readonly #letIn = new Map<string, number>();
  #happened = 0;
  #openingsThen = 0;
  #difference = 0;
  /** Id of the last run at the last wipe of a Redis that PostgreSQL had seen a batch of. */
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
    this.#replica = this.#stores.redis.replica();
  }

  get canHappen(): boolean {
    return this.kind === "wipe" || this.#replica !== undefined;
  }

  async happen(): Promise<void> {
    const { redis, postgres } = this.#stores;
    const before = foundViews(this.#stores);
    const { parked: parkedBefore, inFlight } = this.#places();
    const openBefore = Number(redis.data.field(keys.batch, "id") ?? 0);
    // What a discard took and booked is gone for good, and no business of the wiped Redis.
    redis.become(this.#replica ?? { data: new RedisData(), forgotten: redis.forgotten });
    const after = foundViews(this.#stores);
    for (const target of new Set([...before.keys(), ...after.keys()])) {
      const gone = (before.get(target) ?? 0) - (after.get(target) ?? 0);
      add(gone > 0 ? this.#missing : this.#tooMany, target, Math.abs(gone));
    }
    if (this.kind === "failover") {
      const last = Number(redis.data.strings.get(keys.lastBatch) ?? 0);
      // The run that claimed them may hold them in its hands, and apply them yet.
      if (openBefore > last)
        for (const [target, views] of inFlight) add(this.#tooMany, target, views);
      const back = this.#places();
      for (const [target, views] of back.parked) {
        add(this.#letIn, target, Math.max(0, views - (parkedBefore.get(target) ?? 0)));
      }
      for (const [member, views] of back.inFlight) {
        if (ownName(member) !== member) add(this.#letIn, member, views);
      }
    } else if ((postgres.tables.books?.lastBatch ?? 0) > 0) {
      this.#wipedAfterRun = postgres.tables.runs.length;
    }
    this.#replica = undefined;
    this.#happened += 1;
    this.#openingsThen = redis.openings;
    this.#difference = (await booksOf(this.#stores).read()).difference;
  }

  /** An admin kept an overlay that may hold flushed views. */
  kept(): void {
    for (const [target, views] of this.#tooMany) this.#letIn.set(target, views);
  }

  /** Beyond what was lost nothing is missing; beyond what came back nothing is there twice. */
  violation(): string | undefined {
    const accepted = acceptedViews(this.#stores);
    const found = foundViews(this.#stores);
    for (const target of new Set([...found.keys(), ...accepted.keys()])) {
      const wanted = accepted.get(target) ?? 0;
      const missing = wanted - (found.get(target) ?? 0);
      if (missing > this.missingOf(target)) return `${target}: ${missing} accepted views are lost`;
      if (-missing > this.tooManyOf(target)) return `${target}: ${-missing} views counted twice`;
      const topic = target.replace(/^forum_topic:/, "");
      const persisted = this.#stores.postgres.tables.stats.get(topic)?.views ?? 0;
      const most = wanted + (this.#letIn.get(target) ?? 0);
      if (persisted > most)
        return `${target}: ${persisted} of ${most} views persisted: counted twice`;
    }
    return undefined;
  }

  missingOf(target: string): number {
    return this.#missing.get(target) ?? 0;
  }

  tooManyOf(target: string): number {
    return this.#tooMany.get(target) ?? 0;
  }

  async isRegressed(): Promise<boolean> {
    return isRegressed(await booksOf(this.#stores).read());
  }

  /** At the end, after syncs: the product has said so, and its books balance or still say so. */
  async unsaid(): Promise<string | undefined> {
    const { redis, postgres } = this.#stores;
    if (!this.hasHappened) return undefined;
    const { difference } = await booksOf(this.#stores).read();
    const wasOpened = redis.openings > this.#openingsThen;
    const expected = wasOpened ? 0 : this.#difference;
    // Off by what came back, and by what was on its way then.
    if ((difference === 0) !== (expected === 0))
      return `the books are off by ${difference}, not by ${expected}`;
    const since = this.#wipedAfterRun;
    if (since === undefined) return undefined;
    // The run that noticed may have begun before the wipe.
    const hasWarned = postgres.tables.runs.some(({ warning }) => warning?.includes("lost all"));
    return hasWarned ? undefined : `no run told of the wipe after run ${since}`;
  }

  #places() {
    const { redis, postgres } = this.#stores;
    const open = Number(redis.data.field(keys.batch, "id") ?? 0);
    const isApplied = (member: string) =>
      (postgres.tables.stats.get(member.replace(/^forum_topic:/, ""))?.batch ?? 0) >= open;
    const members = redis.data.ranked(keys.batchMembers(open));
    return {
      parked: new Map(redis.data.ranked(keys.parked)),
      inFlight: new Map(members.filter(([member]) => !isApplied(member))),
    };
  }
}

function add(sums: Map<string, number>, member: string, views: number): void {
  const target = ownName(member);
  sums.set(target, (sums.get(target) ?? 0) + views);
}
