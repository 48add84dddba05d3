import { Redis } from "ioredis";
import { withClient } from "../../scripts/database/with-client";

/** The database of the implementation that we replace: one schema for all DAOs, with ids that are numbers. */
export const oldSchema = `
CREATE SCHEMA config; CREATE SCHEMA alltenant;
CREATE TYPE config.dao_slug AS ENUM ('OP', 'ENS', 'UNI');
CREATE TABLE alltenant.forum_categories (id SERIAL PRIMARY KEY, dao_slug config.dao_slug NOT NULL, name TEXT);
CREATE TABLE alltenant.forum_topics (
  id SERIAL PRIMARY KEY,
  dao_slug config.dao_slug NOT NULL,
  title TEXT,
  category_id INTEGER REFERENCES alltenant.forum_categories (id),
  deleted_at TIMESTAMP(3),
  reveal_time TIMESTAMP(3),
  created_at TIMESTAMP(3) NOT NULL DEFAULT now()
);
CREATE TABLE alltenant.forum_topic_view_stats (
  dao_slug config.dao_slug NOT NULL,
  topic_id INTEGER NOT NULL REFERENCES alltenant.forum_topics (id) ON DELETE CASCADE,
  views INTEGER NOT NULL DEFAULT 0,
  last_updated TIMESTAMP(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (dao_slug, topic_id)
);`;

export const OLD_TABLE = "alltenant.forum_topic_view_stats";

/**
 * Its counters and its sync: one string for each topic, without the DAO, which is read, added and deleted one
 * by one. Nothing is counted here between read and deletion: the views that this would lose are not our
 * fault.
 */
export class OldForum {
  readonly #redis: Redis;
  /** What readers were promised of each topic. */
  readonly counted = new Map<number, number>();
  #busy = Promise.resolve();

  constructor(
    redisUrl: string,
    readonly databaseUrl: string,
    readonly prefix: string,
    readonly daoOf: (topic: number) => string,
  ) {
    this.#redis = new Redis(redisUrl, { protocol: 2 });
  }

  count(topic: number): Promise<void> {
    return this.#alone(async () => {
      await this.#redis.incr(`${this.prefix}:topic:${topic}`);
      this.counted.set(topic, (this.counted.get(topic) ?? 0) + 1);
    });
  }

  sync(): Promise<void> {
    return this.#alone(() =>
      withClient(this.databaseUrl, async (client) => {
        for (const key of await this.#redis.keys(`${this.prefix}:topic:*`)) {
          const topic = Number(key.split(":").at(-1));
          await client.query(
            `INSERT INTO ${OLD_TABLE} AS stats VALUES ($1, $2, $3, now())
             ON CONFLICT (dao_slug, topic_id) DO UPDATE
             SET views = stats.views + excluded.views, last_updated = excluded.last_updated`,
            [this.daoOf(topic), topic, await this.#redis.get(key)],
          );
          await this.#redis.del(key);
        }
      }),
    );
  }

  close(): void {
    this.#redis.disconnect();
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => undefined);
    return done;
  }
}
