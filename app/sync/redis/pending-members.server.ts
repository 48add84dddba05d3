import { isUtf8 } from "node:buffer";
import type { Direction } from "~/lists/list-search";
import { onRedis } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { readTarget } from "~/sync/target";
import type { ViewKeys } from "./view-keys";
import { rankCut } from "./rank-cut-script";
import { targetLabel } from "~/sync/engine/sort-members";

/** Where pending views are: in the overlay, in the open batch, or set aside. */
export type Place = "waiting" | "batch" | "parked";

/** The order in which places are listed where nothing else tells their members apart. */
export const PLACES: readonly Place[] = ["batch", "waiting", "parked"];

/** A target's views in one place. A target can be in several. */
export interface PendingMember {
  /** As Redis holds it; a Buffer when it is not valid UTF-8. */
  member: string | Buffer;
  /** Its printable name. */
  target: string;
  place: Place;
  /** 0 where something else than the count script wrote an infinite score. */
  views: number;
}

interface Scored {
  entry: PendingMember;
  /** The views as they are ordered. */
  score: number;
}

/** Members that one command handles: more would hold up everybody else's. */
const STEP = 500;
/** A scan that filters takes Redis 4 ms for so many, and half as long in all as in steps of 1,000. */
const SCAN_STEP = 5_000;

/** Reads the sorted sets of pending views, in commands that are short whatever is pending. */
export class PendingMembers {
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;

  constructor(dependencies: { redis: RedisClient; keys: ViewKeys }) {
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
  }

  /** How many members each place has. @throws DependencyError, as all methods */
  async sizes(): Promise<Record<Place, number>> {
    const { sizes } = await this.#cut(PLACES, "desc", 0);
    return { waiting: sizes.waiting ?? 0, batch: sizes.batch ?? 0, parked: sizes.parked ?? 0 };
  }

  /**
   * `count` members of these places by their views, after skipping `offset`. Costs the same for the last
   * page as for the first.
   */
  async ranked(
    places: readonly Place[],
    { direction, offset, count }: { direction: Direction; offset: number; count: number },
  ): Promise<PendingMember[]> {
    const { batch, starts } = await this.#cut(places, direction, offset);
    const pages = await Promise.all(
      places.map(async (place) => {
        const start = starts[place];
        const key = this.#key(place, batch);
        if (start === undefined || key === undefined) return [];
        return this.#range(place, key, direction, start, count);
      }),
    );
    const sign = direction === "asc" ? 1 : -1;
    // The sort is stable, so that members with the same views stay in the order of the places.
    return pages
      .flat()
      .sort((a, b) => (a.score === b.score ? 0 : sign * (a.score - b.score)))
      .slice(0, count)
      .map(({ entry }) => entry);
  }

  /** All members of these places whose name contains `text`, in no order. */
  async containing(places: readonly Place[], text: string): Promise<PendingMember[]> {
    if (isPlain(text)) return this.#scan(places, `*${text.replace(/[\\*?[\]]/g, "\\$&")}*`);
    const all = await this.#scan(places, undefined);
    return all.filter(({ target }) => target.includes(text));
  }

  /**
   * What these places hold of some targets, by their printable names. Names that are not the members
   * themselves cost a walk through the places.
   */
  async named(places: readonly Place[], targets: string[]): Promise<PendingMember[]> {
    const batch = places.includes("batch") ? await this.#openBatch() : null;
    const plain = targets.filter(isPlain);
    const found = await Promise.all(
      places.map(async (place) => {
        const key = this.#key(place, batch);
        return key === undefined ? [] : this.#scores(place, key, plain);
      }),
    );
    if (plain.length === targets.length) return found.flat();
    const odd = new Set(targets.filter((target) => !isPlain(target)));
    const all = await this.#scan(places, undefined);
    return [...found.flat(), ...all.filter(({ target }) => odd.has(target))];
  }

  /**
   * What Redis calls the targets with these printable names: the name itself, unless it only stands for
   * something that cannot be shown. What stands for nothing that is pending is left out.
   */
  async namesInRedis(targets: string[]): Promise<Array<string | Buffer>> {
    const odd = targets.filter((target) => !isPlain(target));
    const found = odd.length === 0 ? [] : await this.named(PLACES, odd);
    const members = new Map(found.map(({ target, member }) => [target, member]));
    return [...targets.filter(isPlain), ...members.values()];
  }

  /** The ranks of members of the overlay, lowest first; what is not there any more is left out. */
  async ranksInOverlay(members: PendingMember[], direction: Direction): Promise<number[]> {
    const command = direction === "asc" ? "zrank" : "zrevrank";
    const ranks: number[] = [];
    for (let start = 0; start < members.length; start += STEP) {
      const pipeline = this.#redis.pipeline();
      for (const { member } of members.slice(start, start + STEP)) {
        pipeline[command](this.#keys.overlay, member);
      }
      const replies = await onRedis(async () =>
        ((await pipeline.exec()) ?? []).map(([error, rank]) => {
          if (error) throw error;
          return rank;
        }),
      );
      ranks.push(...replies.filter((rank) => typeof rank === "number"));
    }
    return ranks.sort((a, b) => a - b);
  }

  async #cut(places: readonly Place[], direction: Direction, offset: number) {
    const { overlay, batch, parked, batchMembersPrefix } = this.#keys;
    const [open, starts, sizes] = await rankCut.run(
      this.#redis,
      [overlay, batch, parked],
      [batchMembersPrefix, direction, offset, ...places],
    );
    const byPlace = (numbers: number[]) =>
      Object.fromEntries(places.map((place, index) => [place, numbers[index]])) as {
        [P in Place]?: number;
      };
    return { batch: open, starts: byPlace(starts), sizes: byPlace(sizes) };
  }

  async #openBatch(): Promise<string | null> {
    return onRedis(() => this.#redis.hget(this.#keys.batch, "id"));
  }

  /** Undefined for the batch when none is open. */
  #key(place: Place, batch: string | null): string | undefined {
    if (place === "waiting") return this.#keys.overlay;
    if (place === "parked") return this.#keys.parked;
    return batch === null ? undefined : this.#keys.batchMembers(Number(batch));
  }

  async #scores(place: Place, key: string, targets: string[]): Promise<PendingMember[]> {
    const found: PendingMember[] = [];
    for (let start = 0; start < targets.length; start += STEP) {
      const step = targets.slice(start, start + STEP);
      const scores = await onRedis(() => this.#redis.zmscore(key, ...step));
      scores.forEach((score, index) => {
        const target = step[index];
        if (score === null || target === undefined) return;
        found.push(entry(target, place, scoreOf(score)));
      });
    }
    return found;
  }

  async #range(
    place: Place,
    key: string,
    direction: Direction,
    start: number,
    count: number,
  ): Promise<Scored[]> {
    const command = direction === "asc" ? "ZRANGE" : "ZREVRANGE";
    const flat = (await onRedis(() =>
      this.#redis.callBuffer(command, key, start, start + count - 1, "WITHSCORES"),
    )) as Buffer[];
    return scored(place, flat);
  }

  async #scan(places: readonly Place[], pattern: string | undefined): Promise<PendingMember[]> {
    const batch = places.includes("batch") ? await this.#openBatch() : null;
    const match = pattern === undefined ? [] : ["MATCH", pattern];
    const scanned = await Promise.all(
      places.map(async (place) => {
        const key = this.#key(place, batch);
        // A scan may tell a member twice when the set changes its size meanwhile.
        const found = new Map<string, PendingMember>();
        for (let cursor = "0"; key !== undefined;) {
          const [next, flat] = (await onRedis(() =>
            this.#redis.callBuffer("ZSCAN", key, cursor, ...match, "COUNT", SCAN_STEP),
          )) as [Buffer, Buffer[]];
          for (const { entry } of scored(place, flat)) found.set(entry.target, entry);
          cursor = next.toString();
          if (cursor === "0") break;
        }
        return [...found.values()];
      }),
    );
    return scanned.flat();
  }
}

/**
 * The views of members as the books count them: no accepted view stands behind what the count script
 * cannot have written.
 */
export function acceptedViews(members: PendingMember[]): number {
  return members.reduce((sum, { target, views }) => {
    const isAccepted = readTarget(target).kind === "topic" && Number.isSafeInteger(views);
    return isAccepted ? sum + Math.max(0, views) : sum;
  }, 0);
}

/** Whether a printable name is the member itself. */
function isPlain(target: string): boolean {
  return targetLabel(target) === target;
}

function scoreOf(reply: string): number {
  if (reply === "inf") return Infinity;
  return reply === "-inf" ? -Infinity : Number(reply);
}

function entry(member: string | Buffer, place: Place, score: number): PendingMember {
  return { member, target: targetLabel(member), place, views: Number.isFinite(score) ? score : 0 };
}

function scored(place: Place, flat: Buffer[]): Scored[] {
  const found: Scored[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const bytes = flat[index]!;
    const member = isUtf8(bytes) ? bytes.toString("utf8") : bytes;
    const score = scoreOf(flat[index + 1]!.toString());
    found.push({ entry: entry(member, place, score), score });
  }
  return found;
}
