import { RedisScript } from "~/platform/redis-script.server";
import { luaPrelude } from "~/sync/redis/lua-prelude";

/**
 * Counts one view, once: the client library re-sends a command whose reply was lost, and only the
 * viewer's key, set in the same script, makes that harmless.
 *
 * Keys: seen, overlay, accepted, totals, and where the viewer had another name before midnight the mark
 * under that. Arguments: target, seconds a viewer counts once.
 * Reply: 1 counted, 0 seen before.
 */
export const countView = new RedisScript<0 | 1>(`
${luaPrelude}
local wrong = wrongType({'string', 'zset', 'string', 'hash'})
if wrong then return wrong end
if KEYS[5] and redis.call('EXISTS', KEYS[5]) == 1 then return 0 end
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('ZINCRBY', KEYS[2], 1, ARGV[1])
redis.call('INCR', KEYS[3])
if redis.call('HINCRBY', KEYS[4], 'overlay', 1) == 1 then
  redis.call('HSET', KEYS[4], 'since', now())
end
return 1
`);

export type PendingReply = [
  lastBatch: string | null,
  openBatch: string | null,
  overlay: Array<string | null>,
  batch: Array<string | null>,
];

/**
 * The pending views of some targets as they stand at one moment.
 * Keys: overlay, batch, its members, lastBatch. Arguments: targets.
 */
export const readPending = new RedisScript<PendingReply>(`
return {
  redis.call('GET', KEYS[4]), redis.call('HGET', KEYS[2], 'id'),
  redis.call('ZMSCORE', KEYS[1], unpack(ARGV)), redis.call('ZMSCORE', KEYS[3], unpack(ARGV))
}
`);

/**
 * Takes one target out of the overlay, as if its views had never been accepted.
 * Keys: overlay, totals, accepted. Arguments: target. Reply: the views it had.
 */
export const withdrawOverlay = new RedisScript<string>(`
${luaPrelude}
local views = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not views then return '0' end
redis.call('ZREM', KEYS[1], ARGV[1])
local withdrawn = accepted(ARGV[1], views)
if withdrawn > 0 then
  redis.call('HINCRBY', KEYS[2], 'overlay', integer(-withdrawn))
  redis.call('DECRBY', KEYS[3], integer(withdrawn))
end
return views
`);

/**
 * Moves counters of the implementation before this one into the overlay, each with its key, so that an old
 * writer's next view starts a new one. A late copy finds what was counted since, and moves that.
 * Keys: overlay, accepted, totals, old counters. Arguments: their targets, in the same order.
 * Reply: for each the views moved, '' where there was nothing to move, or what is wrong with it.
 */
export const adoptCounters = new RedisScript<Array<number | string>>(`
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
 * Keys: the salts of today and of yesterday. Arguments: a fresh salt, seconds to keep it.
 * Reply: the salts in force; yesterday's only where anybody was counted then.
 */
export const dailySalts = new RedisScript<[today: string, yesterday: string | null]>(`
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2])
return redis.call('MGET', KEYS[1], KEYS[2])
`);
