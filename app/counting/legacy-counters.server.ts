import { onRedis } from "~/platform/dependency-error.server";
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
  target: string;
}

/**
 * Counters that the implementation before this one keeps, one string per topic: `<prefix>:<type>:<id>`.
 * Each is moved with its key in one atomic script, so its writers may go on while we switch over.
 */
export class LegacyCounters {
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;
  readonly #prefix: string;

  constructor(dependencies: { redis: RedisClient; keys: ViewKeys; prefix: string }) {
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
    this.#prefix = dependencies.prefix;
  }

  /**
   * Moves all of them into the overlay, page by page. What is not a positive whole number, or has a name
   * that no topic can have, is left alone and reported.
   * @throws DependencyError when Redis is away; what was moved until then stays moved
   */
  async *adopt(): AsyncGenerator<AdoptedCounters, void, undefined> {
    let cursor = "0";
    do {
      const [next, keys] = await onRedis(() =>
        this.#redis.scan(cursor, "MATCH", `${this.#prefix}:*`, "COUNT", SCAN_COUNT),
      );
      cursor = next;
      for (let start = 0; start < keys.length; start += ADOPT_STEP) {
        yield await this.#adoptStep(keys.slice(start, start + ADOPT_STEP));
      }
    } while (cursor !== "0");
  }

  async #adoptStep(keys: string[]): Promise<AdoptedCounters> {
    const page: AdoptedCounters = { counters: 0, views: 0, leftAlone: [] };
    const known: OldCounter[] = [];
    for (const key of keys) {
      const reading = readTarget(key.slice(this.#prefix.length + 1));
      if (reading.kind === "malformed") {
        page.leftAlone.push({ key, reason: `has an unusable name: ${reading.reason}` });
      } else {
        known.push({ key, target: topicTarget(reading.topicId) });
      }
    }
    for (const [index, outcome] of (await this.#move(known)).entries()) {
      if (typeof outcome === "number") {
        page.counters += 1;
        page.views += outcome;
      } else if (outcome !== "") {
        page.leftAlone.push({ key: known[index]!.key, reason: outcome });
      }
    }
    return page;
  }

  async #move(counters: OldCounter[]): Promise<Array<number | string>> {
    if (counters.length === 0) return [];
    const { overlay, accepted, totals } = this.#keys;
    return adoptCounters.run(
      this.#redis,
      [overlay, accepted, totals, ...counters.map(({ key }) => key)],
      counters.map(({ target }) => target),
    );
  }
}
