import { DependencyError, onDatabase } from "~/platform/dependency-error.server";
import type { PrismaClient } from "~/platform/postgres.server";
import { TopicViewsReader } from "~/counting/topic-views.server";
import { ViewTracker } from "~/counting/view-tracker.server";
import { acceptedViews, DAO, keys, type Stores } from "./promise";
import type { Random } from "./random";
import type { Scheduler } from "./scheduler";

/** There are many visitors, and their faults are soon told: most are to meet the syncs. */
const DISTURBANCE = 0.3;
/** A day, and longer than any schedule: no viewer counts a second time. */
const DEDUP_SECONDS = 86_400;

/** The public side: views are counted, sent again when the answer was lost, and totals are read. */
export class Visitors {
  readonly #tracker: ViewTracker;
  readonly #reader: TopicViewsReader;
  readonly #stores: Stores;
  readonly #random: Random;
  readonly #onViolation: (problem: string) => void;
  /** Topic → the most that anybody was told. */
  readonly #told = new Map<string, number>();
  #viewers = 0;

  constructor(dependencies: {
    stores: Stores;
    scheduler: Scheduler;
    random: Random;
    onViolation: (problem: string) => void;
  }) {
    const { stores, scheduler } = dependencies;
    this.#stores = stores;
    this.#random = dependencies.random;
    this.#onViolation = dependencies.onViolation;
    const redis = stores.redis.client(scheduler.around("visitor", "redis", DISTURBANCE));
    this.#tracker = new ViewTracker({ redis, keys, dedupSeconds: DEDUP_SECONDS });
    const around = scheduler.around("visitor", "postgres", DISTURBANCE);
    const findMany = (query: { where: { topicId: { in: string[] } } }) =>
      onDatabase(() => around("read topics", () => readTopics(stores, query.where.topicId.in)));
    const prisma = { forumTopicViewStats: { findMany } } as unknown as PrismaClient;
    this.#reader = new TopicViewsReader({ tracker: this.#tracker, prisma, daoSlug: DAO });
  }

  /** A new viewer, or now and then one who was here before. */
  async view(topicId: string): Promise<void> {
    const isNew = this.#viewers === 0 || !this.#random.chance(0.15);
    if (isNew) this.#viewers += 1;
    const viewer = `viewer-${isNew ? this.#viewers : 1 + this.#random.below(this.#viewers)}`;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await this.#tracker.trackView("forum_topic", topicId, viewer);
        return;
      } catch (error) {
        this.#expectAway(error);
      }
    }
  }

  /** The topic must be one that nobody discards, or its count may well go back. */
  async read(topicId: string): Promise<void> {
    const before = Math.max(this.#accepted(topicId), this.#told.get(topicId) ?? 0);
    try {
      const [views] = await this.#reader.read([topicId]);
      if (!views || views.degraded) return;
      const { uniqueViews } = views;
      const most = this.#accepted(topicId) + this.#tooMany(topicId);
      if (uniqueViews < before && !this.#stores.losses?.hasHappened) {
        this.#onViolation(`a reader of ${topicId} was told ${uniqueViews} after ${before}`);
      }
      if (uniqueViews > most) {
        this.#onViolation(`a reader of ${topicId} was told ${uniqueViews} of ${most}`);
      }
      this.#told.set(topicId, Math.max(uniqueViews, this.#told.get(topicId) ?? 0));
    } catch (error) {
      this.#expectAway(error);
    }
  }

  #accepted(topicId: string): number {
    return acceptedViews(this.#stores).get(`forum_topic:${topicId}`) ?? 0;
  }

  /** Where Redis has lost writes, what it brought back may be told until an admin has decided. */
  #tooMany(topicId: string): number {
    return this.#stores.losses?.tooManyOf(`forum_topic:${topicId}`) ?? 0;
  }

  #expectAway(error: unknown): void {
    if (!(error instanceof DependencyError)) this.#onViolation(String(error));
  }
}

function readTopics({ postgres }: Stores, topicIds: string[]) {
  return topicIds.flatMap((topicId) => {
    const row = postgres.tables.stats.get(topicId);
    if (!row) return [];
    return [{ topicId, views: row.views, batch_id: BigInt(row.batch), lastUpdated: new Date(0) }];
  });
}
