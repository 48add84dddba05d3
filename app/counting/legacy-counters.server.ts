import type pg from "pg";
import { onRedis } from "~/platform/dependency-error.server";
import { runStatement } from "~/platform/postgres.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { readTarget, topicTarget } from "~/sync/target";
import type { AdoptedCounters } from "~/sync/engine/run-dependencies";
import { adoptCounters } from "./tracking-scripts";
import type { ViewKeys } from "~/sync/redis/view-keys";

/** Keys that the server looks at in one SCAN call, whatever they are. */
const SCAN_COUNT = 1_000;
/** Counters moved by one script call: more would hold up everybody else's commands. */
const ADOPT_STEP = 300;

interface OldCounter {
  key: string;
  topicId: string;
}

/**
 * The keys of old counters name no DAO. Where several DAOs share the database, only counters of topics that
 * are known to be this DAO's are taken. $1 dao.
 */
const isShared = `
SELECT EXISTS (SELECT FROM view_books WHERE dao_slug <> $1 OR other_daos) AS "isShared"`;

/** $1 dao, $2 topics. */
const knownTopics = `
SELECT "topicId" FROM adopted_topics WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])
UNION SELECT "topicId" FROM topics WHERE dao_slug = $1 AND "topicId" = ANY($2::text[])`;

/**
 * Counters that the implementation before this one keeps, one string per topic: `<prefix>:<type>:<id>`.
 * Each is moved with its key in one atomic script, so its writers may go on while we switch over.
 */
export class LegacyCounters {
  readonly #redis: RedisClient;
  readonly #pool: pg.Pool;
  readonly #keys: ViewKeys;
  readonly #daoSlug: string;
  readonly #prefix: string;

  constructor(dependencies: {
    redis: RedisClient;
    pool: pg.Pool;
    keys: ViewKeys;
    daoSlug: string;
    prefix: string;
  }) {
    this.#redis = dependencies.redis;
    this.#pool = dependencies.pool;
    this.#keys = dependencies.keys;
    this.#daoSlug = dependencies.daoSlug;
    this.#prefix = dependencies.prefix;
  }

  /**
   * Moves all of them into the overlay, page by page. What is not a positive whole number, or has a name
   * that no topic can have, is left alone and reported; so is what may be another DAO's.
   * @throws DependencyError when Redis or PostgreSQL is away; what was moved until then stays moved
   */
  async *adopt(): AsyncGenerator<AdoptedCounters, void, undefined> {
    const [row] = await runStatement<{ isShared: boolean }>(this.#pool, isShared, [this.#daoSlug]);
    let cursor = "0";
    do {
      const [next, keys] = await onRedis(() =>
        this.#redis.scan(cursor, "MATCH", `${this.#prefix}:*`, "COUNT", SCAN_COUNT),
      );
      cursor = next;
      for (let start = 0; start < keys.length; start += ADOPT_STEP) {
        yield await this.#adoptStep(keys.slice(start, start + ADOPT_STEP), row?.isShared ?? false);
      }
    } while (cursor !== "0");
  }

  async #adoptStep(keys: string[], isShared: boolean): Promise<AdoptedCounters> {
    const page: AdoptedCounters = { counters: 0, views: 0, leftAlone: [] };
    const readable: OldCounter[] = [];
    for (const key of keys) {
      const reading = readTarget(key.slice(this.#prefix.length + 1));
      if (reading.kind === "malformed") {
        page.leftAlone.push({ key, reason: `has an unusable name: ${reading.reason}` });
      } else {
        readable.push({ key, topicId: reading.topicId });
      }
    }
    const known = isShared ? await this.#known(readable) : undefined;
    const own = readable.filter(({ topicId }) => known?.has(topicId) ?? true);
    const reason = "has a topic that is not known to be of this DAO";
    page.leftAlone.push(
      ...readable.filter((counter) => !own.includes(counter)).map(({ key }) => ({ key, reason })),
    );
    for (const [index, outcome] of (await this.#move(own)).entries()) {
      if (typeof outcome === "number") {
        page.counters += 1;
        page.views += outcome;
      } else if (outcome !== "") {
        page.leftAlone.push({ key: own[index]!.key, reason: outcome });
      }
    }
    return page;
  }

  async #known(counters: OldCounter[]): Promise<Set<string>> {
    const topicIds = counters.map(({ topicId }) => topicId);
    const values = [this.#daoSlug, topicIds];
    const rows = await runStatement<{ topicId: string }>(this.#pool, knownTopics, values);
    return new Set(rows.map(({ topicId }) => topicId));
  }

  async #move(counters: OldCounter[]): Promise<Array<number | string>> {
    if (counters.length === 0) return [];
    const { overlay, accepted, totals } = this.#keys;
    return adoptCounters.run(
      this.#redis,
      [overlay, accepted, totals, ...counters.map(({ key }) => key)],
      counters.map(({ topicId }) => topicTarget(topicId)),
    );
  }
}
