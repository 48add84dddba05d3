import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { pendingSorts, type PendingParams } from "~/lists/list-search";
import { pageInfo, type PageInfo } from "~/lists/paging";
import { readTarget, topicTarget } from "~/sync/target";
import type { BooksReader } from "~/sync/balance/books.server";
import type { FailedTargets } from "./failed-targets.server";
import {
  acceptedViews,
  PLACES,
  type PendingMember,
  type PendingMembers,
  type Place,
} from "~/sync/redis/pending-members.server";
import { skipRanks } from "./skip-ranks";

export type PendingFilter = Pick<PendingParams, "search" | "state" | "sort" | "direction">;

export interface PendingPage {
  members: PendingMember[];
  page: PageInfo;
  /** Views of everything that matches. */
  views: number;
  /**
   * Columns that this list can be sorted by. Redis keeps members in the order of their views, so any
   * other order means to read them all, which is done up to a few thousand.
   */
  sorts: readonly PendingParams["sort"][];
}

/** The targets that a filter finds, to be flushed or discarded. */
export interface MatchingTargets {
  /** As Redis holds them, each once. */
  targets: Array<string | Buffer>;
  views: Record<Place, number>;
}

/** What matches, ready to be read in parts. */
interface Selection {
  total: number;
  views: number;
  sorts: readonly PendingParams["sort"][];
  slice: (offset: number, count: number) => Promise<PendingMember[]>;
}

/** Members that are read as a whole to be sorted by something else than their views. */
const MOST_SORTED = 10_000;
/** Members read at a time when all of them are wanted. */
const STEP = 500;

const placesOfState: Record<PendingParams["state"], readonly Place[]> = {
  all: PLACES,
  waiting: ["waiting"],
  failing: ["waiting"],
  batch: ["batch"],
  parked: ["parked"],
};

/** Lists what is pending, by place and state. Every method throws `DependencyError`. */
export class PendingList {
  readonly #members: PendingMembers;
  readonly #failures: FailedTargets;
  readonly #books: BooksReader;
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;

  constructor(dependencies: {
    members: PendingMembers;
    failures: FailedTargets;
    books: BooksReader;
    pool: pg.Pool;
    daoSlug: string;
  }) {
    this.#members = dependencies.members;
    this.#failures = dependencies.failures;
    this.#books = dependencies.books;
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
  }

  async page(
    filter: PendingFilter,
    wanted: { page: number; pageSize: number },
  ): Promise<PendingPage> {
    const { total, views, sorts, slice } = await this.#select(filter);
    const page = pageInfo(total, wanted);
    const members = await slice(page.offset, page.pageSize);
    return { members, page, views, sorts };
  }

  /**
   * Everything that matches, in the order of the list, a few hundred at a time. A member whose views change
   * meanwhile moves in that order, so it may come twice or be missed when nothing but the order of
   * Redis is at hand.
   */
  async *all(filter: PendingFilter): AsyncGenerator<PendingMember[]> {
    const { total, slice } = await this.#select(filter);
    for (let offset = 0; offset < total; offset += STEP) yield await slice(offset, STEP);
  }

  /** The targets that match, each once, and their views by place. */
  async matching(filter: PendingFilter): Promise<MatchingTargets> {
    const seen = new Map<string, string | Buffer>();
    const counted = new Set<string>();
    const views = { waiting: 0, batch: 0, parked: 0 };
    for await (const step of this.all({ ...filter, sort: "pending", direction: "desc" })) {
      for (const found of step) {
        const { member, target, place } = found;
        seen.set(target, member);
        if (counted.has(`${place} ${target}`)) continue;
        counted.add(`${place} ${target}`);
        views[place] += acceptedViews([found]);
      }
    }
    return { targets: [...seen.values()], views };
  }

  async #select(filter: PendingFilter): Promise<Selection> {
    const { search, state, sort } = filter;
    if (state === "failing") return this.#collected(await this.#failing(search), filter);
    const places = placesOfState[state];
    const failing = state === "waiting" ? await this.#failing("") : [];
    if (search !== "") {
      const found = await this.#members.containing(places, search);
      return this.#collected(leaveOut(failing)(found), filter);
    }
    const sizes = await this.#members.sizes();
    const size = places.reduce((sum, place) => sum + sizes[place], 0);
    if (sort === "pending" || size > MOST_SORTED) {
      return this.#ranked(places, size, failing, filter);
    }
    const everything = await this.#range(places, "desc", 0, size);
    return this.#collected(leaveOut(failing)(everything), filter);
  }

  /** Targets that wait in the overlay after a failure. */
  async #failing(search: string): Promise<PendingMember[]> {
    const targets = await this.#failures.names({ state: "failing", reason: "", search });
    return targets.length === 0 ? [] : this.#members.named(["waiting"], targets);
  }

  /** In the order that Redis keeps; members of the overlay that are failing are skipped. */
  async #ranked(
    places: readonly Place[],
    size: number,
    failing: PendingMember[],
    { direction }: PendingFilter,
  ): Promise<Selection> {
    const [books, ranks] = await Promise.all([
      this.#books.read(),
      this.#members.ranksInOverlay(failing, direction),
    ]);
    const held: Record<Place, number> = {
      waiting: books.overlay,
      batch: books.batch,
      parked: books.parked,
    };
    const views = places.reduce((sum, place) => sum + held[place], 0) - acceptedViews(failing);
    const withoutFailing = leaveOut(failing);
    return {
      total: Math.max(0, size - ranks.length),
      views: Math.max(0, views),
      sorts: size > MOST_SORTED ? ["pending"] : pendingSorts,
      slice: async (offset, count) => {
        const first = skipRanks(ranks, offset);
        const last = skipRanks(ranks, offset + count - 1);
        return withoutFailing(await this.#range(places, direction, first, last - first + 1));
      },
    };
  }

  async #range(
    places: readonly Place[],
    direction: PendingFilter["direction"],
    offset: number,
    count: number,
  ): Promise<PendingMember[]> {
    const members: PendingMember[] = [];
    while (members.length < count) {
      const step = Math.min(STEP, count - members.length);
      const from = offset + members.length;
      const found = await this.#members.ranked(places, { direction, offset: from, count: step });
      members.push(...found);
      if (found.length < step) break;
    }
    return members;
  }

  async #collected(members: PendingMember[], filter: PendingFilter): Promise<Selection> {
    const canSort = members.length <= MOST_SORTED;
    const sort = canSort ? filter.sort : "pending";
    const sign = filter.direction === "asc" ? 1 : -1;
    const persisted = sort === "persisted" ? await this.#persisted(members) : undefined;
    const exact = new Set([filter.search, topicTarget(filter.search)]);
    const isExact = ({ target }: PendingMember) => filter.search !== "" && exact.has(target);
    const value = ({ target, views }: PendingMember) =>
      persisted ? (persisted.get(target) ?? -1) : sort === "target" ? 0 : views;
    const sorted = members.sort(
      (a, b) =>
        Number(isExact(b)) - Number(isExact(a)) ||
        sign * (value(a) - value(b)) ||
        (sort === "target" ? sign : 1) * compare(a.target, b.target),
    );
    return {
      total: sorted.length,
      views: acceptedViews(sorted),
      sorts: canSort ? pendingSorts : ["pending"],
      slice: (offset, count) => Promise.resolve(sorted.slice(offset, offset + count)),
    };
  }

  async #persisted(members: PendingMember[]): Promise<Map<string, number>> {
    const targetOfTopic = new Map<string, string>();
    for (const { target } of members) {
      const reading = readTarget(target);
      if (reading.kind === "topic") targetOfTopic.set(reading.topicId, target);
    }
    const rows = await runStatement<{ topicId: string; views: number }>(
      this.#pool,
      `SELECT "topicId", views FROM forum_topic_view_stats
         WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])`,
      [this.#daoSlug, [...targetOfTopic.keys()]],
    );
    return new Map(rows.map(({ topicId, views }) => [targetOfTopic.get(topicId) ?? "", views]));
  }
}

function leaveOut(excluded: PendingMember[]): (members: PendingMember[]) => PendingMember[] {
  if (excluded.length === 0) return (members) => members;
  const targets = new Set(excluded.map(({ target }) => target));
  return (members) => members.filter(({ target }) => !targets.has(target));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
