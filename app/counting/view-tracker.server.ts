import { onRedis } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { normaliseType, parseTarget, type Target } from "~/sync/target";
import { countView, readPending, withdrawOverlay } from "./tracking-scripts";
import type { ViewKeys } from "~/sync/redis/view-keys";

/** A target and the views counted since the last sync claimed it. */
export interface TargetOverlay extends Target {
  overlayCount: number;
}

/** What Redis holds of one target, read at one moment together with the ids around it. */
export interface PendingViews {
  overlay: number;
  /** The target's share of the open batch, be it taken by PostgreSQL already or not. */
  batch: number;
}

export interface PendingSnapshot {
  /** The highest batch id given out; 0 before the first. */
  lastBatch: number;
  openBatch: number | undefined;
  /** In the order of the targets asked for. */
  targets: PendingViews[];
}

/** Members read at a time when all of them are listed. */
const LIST_PAGE = 1_000;

/**
 * The counting side: views go into the overlay here and nowhere else. Every method throws a
 * `DependencyError` when Redis is away; none answers as if nothing were there.
 */
export class ViewTracker {
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;
  readonly #dedupSeconds: number;

  constructor(dependencies: { redis: RedisClient; keys: ViewKeys; dedupSeconds: number }) {
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
    this.#dedupSeconds = dependencies.dedupSeconds;
  }

  /**
   * Counts a view unless this viewer was counted for the target within the window, under this name or the
   * one from before midnight. Whether it was counted.
   */
  async trackView(
    targetType: string,
    targetId: string,
    viewer: string,
    formerViewer?: string,
  ): Promise<boolean> {
    const target = `${normaliseType(targetType)}:${targetId}`;
    const { seen, overlay, accepted, totals } = this.#keys;
    const marks = [seen(target, viewer), overlay, accepted, totals];
    if (formerViewer !== undefined) marks.push(seen(target, formerViewer));
    const counted = await countView.run(this.#redis, marks, [target, this.#dedupSeconds]);
    return counted === 1;
  }

  /** The views of one target that are not yet claimed by a sync. */
  async getRedisOverlay(targetType: string, targetId: string): Promise<number> {
    const target = `${normaliseType(targetType)}:${targetId}`;
    return Number((await onRedis(() => this.#redis.zscore(this.#keys.overlay, target))) ?? 0);
  }

  /** All targets with views that are not yet claimed by a sync, largest first. */
  async getAllTargetsWithOverlay(): Promise<TargetOverlay[]> {
    const targets = new Map<string, number>();
    let cursor = "0";
    do {
      // By cursor, not by rank: a count in between must not move a target past the page being read.
      const [next, page] = await onRedis(() =>
        this.#redis.zscan(this.#keys.overlay, cursor, "COUNT", LIST_PAGE),
      );
      for (let index = 0; index < page.length; index += 2) {
        targets.set(page[index]!, Number(page[index + 1]));
      }
      cursor = next;
    } while (cursor !== "0");
    return [...targets]
      .sort(([, views], [, others]) => others - views)
      .map(([member, overlayCount]) => ({ ...parseTarget(member), overlayCount }));
  }

  /**
   * Clears the overlay of one target. Its views are withdrawn, not persisted: a sync never calls this,
   * and an admin who wants to drop views discards them, which leaves a trace. Returns the views cleared.
   */
  async resetCounters(targetType: string, targetId: string): Promise<number> {
    const target = `${normaliseType(targetType)}:${targetId}`;
    const { overlay, totals, accepted } = this.#keys;
    return Number(await withdrawOverlay.run(this.#redis, [overlay, totals, accepted], [target]));
  }

  /** What Redis holds of these targets (at most a few hundred), all read at one moment. */
  async getPending(targets: string[]): Promise<PendingSnapshot> {
    const { overlay, batch, batchMembers, lastBatch } = this.#keys;
    const [last, open, inOverlay, inBatch] = await readPending.run(
      this.#redis,
      [overlay, batch, batchMembers, lastBatch],
      targets,
    );
    return {
      lastBatch: Number(last ?? 0),
      openBatch: open === null ? undefined : Number(open),
      targets: targets.map((_, index) => ({
        overlay: viewsOf(inOverlay[index]),
        batch: viewsOf(inBatch[index]),
      })),
    };
  }
}

/** As the books count them: behind a score that the count script cannot have written stands no view. */
function viewsOf(score: string | null | undefined): number {
  const views = Math.floor(Number(score ?? 0));
  return views >= 1 && Number.isSafeInteger(views) ? views : 0;
}
