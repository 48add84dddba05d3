import { RedisScript } from "~/platform/redis-script.server";
import { luaPrelude } from "./lua-prelude";

/**
 * Opens the batch of everything in the overlay, or adopts the one that is open. `last` is the highest id that
 * Redis has given out, `high` the highest that PostgreSQL has seen. Without `last` Redis is new or was wiped;
 * with `last` below `high` it has lost a batch that it acknowledged. A value of another type at the overlay's
 * key can never be flushed: it is moved aside, whole.
 *
 * What the version before has left: views that it had set aside go back to the overlay, and an open batch,
 * whose members had a key with its id, loses its owner, so that no script of that version changes it any
 * more. That key has to be declared: if it is not the right one, the reply is the id, and the script has to
 * be run again.
 *
 * Keys: overlay, batch, members, lastBatch, totals, where a wrong value goes, parked and the members of a
 * batch (both of the version before). Arguments: PostgreSQL's highest batch id, the id of the batch of the
 * last key.
 * Reply: ['unopened'] | ['regressed', lastBatch] | ['empty', '0', 0, quarantined] | ['old', id]
 *      | ['opened' or 'adopted', id, targets, quarantined]
 */
export const openBatch = new RedisScript<[kind: string, id: string, size: number, moved: 0 | 1]>(`
${luaPrelude}
local last = redis.call('GET', KEYS[4])
if not last then return {'unopened'} end
if tonumber(last) < tonumber(ARGV[1]) then return {'regressed', last} end
local quarantined = 0
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'zset' then
  redis.call('RENAME', KEYS[1], KEYS[6])
  quarantined = 1
end
if redis.call('TYPE', KEYS[7]).ok == 'zset' then
  redis.call('ZUNIONSTORE', KEYS[1], 2, KEYS[1], KEYS[7])
  redis.call('UNLINK', KEYS[7])
  redis.call('HINCRBY', KEYS[5], 'overlay', redis.call('HGET', KEYS[5], 'parked') or '0')
  redis.call('HDEL', KEYS[5], 'parked')
  redis.call('HSETNX', KEYS[5], 'since', now())
end
local open = redis.call('HMGET', KEYS[2], 'id', 'owner', 'views', 'returned')
local id = open[1]
if open[2] and id ~= ARGV[2] then return {'old', id} end
if open[2] then
  redis.call('HSET', KEYS[2], 'views', integer(tonumber(open[3]) - tonumber(open[4])))
  redis.call('HDEL', KEYS[2], 'owner', 'returned', 'chosen', 'sealed')
  if redis.call('EXISTS', KEYS[8]) == 1 then redis.call('RENAME', KEYS[8], KEYS[3]) end
end
if id then return {'adopted', id, redis.call('ZCARD', KEYS[3]), quarantined} end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[5], 'overlay', '0')
  redis.call('HDEL', KEYS[5], 'since')
  return {'empty', '0', 0, quarantined}
end
id = integer(tonumber(last) + 1)
local totals = redis.call('HMGET', KEYS[5], 'overlay', 'since')
redis.call('RENAME', KEYS[1], KEYS[3])
redis.call('HSET', KEYS[2], 'id', id, 'openedAt', now(), 'since', totals[2] or now(),
  'views', totals[1] or '0')
redis.call('HSET', KEYS[5], 'overlay', '0')
redis.call('HDEL', KEYS[5], 'since')
redis.call('SET', KEYS[4], id)
return {'opened', id, redis.call('ZCARD', KEYS[3]), quarantined}
`);

/**
 * Drops the batch, of which PostgreSQL has taken every member.
 * Keys: batch, members. Arguments: batch id. Reply: 1 dropped, 0 it is not the open one.
 */
export const closeBatch = new RedisScript<0 | 1>(`
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1], KEYS[2])
return 1
`);

/**
 * Opens the books anew: everything that PostgreSQL has booked and everything that Redis holds is taken as
 * accepted, and ids continue above the highest that either store knows. An open batch below PostgreSQL's
 * highest id is dropped: PostgreSQL has taken a later batch, so this one had been closed, with all its
 * members taken. Changes nothing if Redis knows another last batch id by now than the one that the caller
 * saw: a caller that stalled must not open the books a second time.
 *
 * Keys: overlay, batch, members, lastBatch, totals, accepted. Arguments: PostgreSQL's highest batch id, views
 * that it has booked, views taken of that batch, the last batch id that the caller saw or '', '1' to forget
 * the overlay.
 * Reply: the views of the overlay that were forgotten, -1 when somebody else opened the books.
 */
export const reopenBooks = new RedisScript<number>(`
${luaPrelude}
local last = redis.call('GET', KEYS[4])
if (last or '') ~= ARGV[4] then return -1 end
local open = redis.call('HMGET', KEYS[2], 'id', 'views', 'returned')
local id = tonumber(open[1] or '0')
local inBatch = tonumber(open[2] or '0') - tonumber(open[3] or '0')
if open[1] and id < tonumber(ARGV[1]) then
  redis.call('UNLINK', KEYS[2], KEYS[3])
  inBatch = 0
elseif open[1] == ARGV[1] then
  inBatch = inBatch - tonumber(ARGV[3])
end
local forgotten = 0
if ARGV[5] == '1' then
  forgotten = tonumber(redis.call('HGET', KEYS[5], 'overlay') or '0')
  redis.call('UNLINK', KEYS[1])
  redis.call('HSET', KEYS[5], 'overlay', '0')
  redis.call('HDEL', KEYS[5], 'since')
end
local totals = redis.call('HGETALL', KEYS[5])
local pending = 0
for index = 1, #totals, 2 do
  if totals[index] ~= 'since' then pending = pending + tonumber(totals[index + 1]) end
end
redis.call('SET', KEYS[6], integer(tonumber(ARGV[2]) + pending + inBatch))
redis.call('SET', KEYS[4], integer(math.max(tonumber(ARGV[1]), id, tonumber(last or '0'))))
return forgotten
`);
