import { RedisScript } from "~/platform/redis-script.server";
import { luaPrelude } from "~/sync/redis/lua-prelude";

/**
 * Reads the epochs of marks. First writes new ones, if the caller has any and nobody else has written since
 * it read them.
 * Keys: marks, accepted. Arguments: id of the newest epoch as read, or ''; and to write: the id of the new
 * epoch, all epochs, and milliseconds after which they are forgotten.
 */
export const markEpochs = new RedisScript<
  [now: string, accepted: string | null, epochs: string | null]
>(`
${luaPrelude}
if ARGV[2] and (redis.call('HGET', KEYS[1], 'current') or '') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'epochs', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {now(), redis.call('GET', KEYS[2]), redis.call('HGET', KEYS[1], 'epochs')}
`);

/**
 * The pending views of some targets as they stand at one moment.
 * Keys: overlay, batch, its members, lastBatch. Arguments: targets.
 */
export const readPending = new RedisScript<
  [
    lastBatch: string | null,
    openBatch: string | null,
    overlay: Array<string | null>,
    batch: Array<string | null>,
  ]
>(`
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
 * writer's next view starts a new counter. When the script arrives a second time, it moves what was counted
 * since.
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
