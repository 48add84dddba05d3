import type pg from "pg";
import { onRedis } from "~/platform/dependency-error.server";
import { runStatement } from "~/platform/postgres.server";
import { RedisScript, type RedisClient } from "~/platform/redis-script.server";
import { readTarget, topicTarget } from "~/sync/target";
import type { AdoptedCounters } from "~/sync/engine/run-dependencies";
import { luaPrelude } from "~/sync/redis/lua-prelude";
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
 * Moves counters of the implementation before this one into the overlay, each with its key, so that an old
 * writer's next view starts a new counter. When the script arrives a second time, it moves what was counted
 * since.
 * Keys: overlay, accepted, totals, old counters. Arguments: their targets, in the same order.
 * Reply: for each the views moved, '' where there was nothing to move, or what is wrong with it.
 */
const adoptCounters = new RedisScript<Array<number | string>>(`
${luaPrelude}
local wrong = wrongType({'zset', 'string', 'hash'})
if wrong then return wrong end
local function adopt(key, target)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return '' end
  if kind ~= 'string' then return 'holds a ' .. kind end
  local text = redis.call('GET', key)
  if text == '0' then return '' end
  if not string.match(text, '^[1-9]%d*$') or #text > 15 then return 'is not a whole number of views' end
  redis.call('DEL', key)
  redis.call('ZINCRBY', KEYS[1], text, target)
  redis.call('INCRBY', KEYS[2], text)
  redis.call('HINCRBY', KEYS[3], 'overlay', text)
  redis.call('HSETNX', KEYS[3], 'since', now())
  return tonumber(text)
end
local replies = {}
for index = 4, #KEYS do replies[index - 3] = adopt(KEYS[index], ARGV[index - 3]) end
return replies
`);

/**
 * Counters that the implementation before this one keeps, one string per topic: `<prefix>:<type>:<id>`.
 * Each is moved with its key in one atomic script, so its writers may go on while we switch over.
 */
export class LegacyCounters {
  constructor(
    private readonly dependencies: {
      redis: RedisClient;
      pool: pg.Pool;
      keys: ViewKeys;
      daoSlug: string;
      prefix: string;
    },
  ) {}

  /**
   * Moves all of them into the overlay, page by page. What is not a positive whole number, or has a name
   * that no topic can have, is left alone and reported; so is what may be another DAO's.
   * @throws DependencyError when Redis or PostgreSQL is away; what was moved until then stays moved
   */
  async *adopt(): AsyncGenerator<AdoptedCounters, void, undefined> {
    const { redis, pool, daoSlug, prefix } = this.dependencies;
    const [row] = await runStatement<{ isShared: boolean }>(pool, isShared, [daoSlug]);
    let cursor = "0";
    do {
      const [next, found] = await onRedis(() =>
        redis.scan(cursor, "MATCH", `${prefix}:*`, "COUNT", SCAN_COUNT),
      );
      cursor = next;
      for (let start = 0; start < found.length; start += ADOPT_STEP) {
        yield await this.#adoptStep(found.slice(start, start + ADOPT_STEP), row?.isShared ?? false);
      }
    } while (cursor !== "0");
  }

  async #adoptStep(found: string[], isShared: boolean): Promise<AdoptedCounters> {
    const { redis, keys, prefix } = this.dependencies;
    const page: AdoptedCounters = { counters: 0, views: 0, leftAlone: [] };
    const leave = (key: string, reason: string) => page.leftAlone.push({ key, reason });
    const readable: OldCounter[] = [];
    for (const key of found) {
      const reading = readTarget(key.slice(prefix.length + 1));
      if (reading.kind === "malformed") leave(key, `has an unusable name: ${reading.reason}`);
      else readable.push({ key, topicId: reading.topicId });
    }
    const known = isShared ? await this.#known(readable) : undefined;
    const own: OldCounter[] = [];
    for (const counter of readable) {
      if (known?.has(counter.topicId) ?? true) own.push(counter);
      else leave(counter.key, "has a topic that is not known to be of this DAO");
    }
    if (own.length === 0) return page;
    const outcomes = await adoptCounters.run(
      redis,
      [keys.overlay, keys.accepted, keys.totals, ...own.map(({ key }) => key)],
      own.map(({ topicId }) => topicTarget(topicId)),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (typeof outcome === "number") {
        page.counters += 1;
        page.views += outcome;
      } else if (outcome !== "") leave(own[index]!.key, outcome);
    }
    return page;
  }

  async #known(counters: OldCounter[]): Promise<Set<string>> {
    const { pool, daoSlug } = this.dependencies;
    const values = [daoSlug, counters.map(({ topicId }) => topicId)];
    const rows = await runStatement<{ topicId: string }>(pool, knownTopics, values);
    return new Set(rows.map(({ topicId }) => topicId));
  }
}
