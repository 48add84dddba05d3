import { DependencyError } from "~/platform/dependency-error.server";
import { TopicViewsReader } from "~/counting/topic-views.server";
import { ViewTracker } from "~/counting/view-tracker.server";
import { topicTarget } from "~/sync/target";
import { trackView } from "../helpers/track-view";
import { acceptedViews, DAO, keys, removedViews, type Stores } from "./promise";
import type { Random } from "./random";
import type { Scheduler } from "./scheduler";

/** Visitors meet few faults, because there are many of them and most faults should hit the syncs. */
const DISTURBANCE = 0.3;
/** A day, and longer than any schedule: no viewer counts a second time. */
const limits = { windowSeconds: 86_400, perMinute: 0, perNetwork: 0 };

/** The public side: views are counted, sent again when the answer was lost, and totals are read. */
export class Visitors {
  readonly #tracker: ViewTracker;
  readonly #crowd: ViewTracker;
  readonly #reader: TopicViewsReader;
  /** Topic → the most that any reader was shown, and what admins had removed by then. */
  readonly #told = new Map<string, number>();
  #viewers = 0;

  constructor(
    private readonly stores: Stores,
    scheduler: Scheduler,
    private readonly random: Random,
    private readonly onViolation: (problem: string) => void,
  ) {
    const redis = stores.redis.client(scheduler.around("visitor", "redis", DISTURBANCE));
    this.#tracker = new ViewTracker({ redis, keys, limits });
    const pool = stores.postgres.pool(scheduler.around("visitor", "postgres", DISTURBANCE));
    this.#reader = new TopicViewsReader({ tracker: this.#tracker, pool, daoSlug: DAO });
    this.#crowd = new ViewTracker({ redis: stores.redis.client(), keys, limits });
  }

  /** New viewers of all these topics, without any faults. */
  async crowd(topics: string[]): Promise<void> {
    for (const topic of topics) {
      this.#viewers += 1;
      await trackView(this.#crowd, topic, `viewer-${this.#viewers}`);
    }
  }

  /** A new viewer or, now and then, one who was here before. */
  async view(topicId: string): Promise<void> {
    const isNew = this.#viewers === 0 || !this.random.chance(0.15);
    if (isNew) this.#viewers += 1;
    const viewer = `viewer-${isNew ? this.#viewers : 1 + this.random.below(this.#viewers)}`;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await trackView(this.#tracker, topicId, viewer);
        return;
      } catch (error) {
        this.#expectAway(error);
      }
    }
  }

  /** Views that admins have removed since may be missing from a reader's answer. */
  async read(topicId: string): Promise<void> {
    const target = topicTarget(topicId);
    const accepted = () => acceptedViews(this.stores).get(target) ?? 0;
    const removed = () => removedViews(this.stores).get(target) ?? 0;
    const removedBefore = removed();
    const least = Math.max(accepted(), this.#told.get(topicId) ?? 0);
    try {
      const [views] = await this.#reader.read([topicId]);
      if (!views || views.degraded) return;
      const { uniqueViews } = views;
      if (uniqueViews + removed() < least && !this.stores.losses?.hasHappened) {
        this.onViolation(`a reader of ${topicId} was told ${uniqueViews} after ${least}`);
      }
      // If Redis has lost writes, what it brought back may be shown until an admin has decided.
      const most = accepted() + (this.stores.losses?.toldTooOften(target) ?? 0);
      const told = uniqueViews + removedBefore;
      if (told > most) this.onViolation(`a reader of ${topicId} was told ${told} of ${most}`);
      this.#told.set(topicId, Math.max(told, this.#told.get(topicId) ?? 0));
    } catch (error) {
      this.#expectAway(error);
    }
  }

  #expectAway(error: unknown): void {
    if (!(error instanceof DependencyError)) this.onViolation(String(error));
  }
}
