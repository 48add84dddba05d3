import { RedisScript } from "~/platform/redis-script.server";
import { luaPrelude } from "./lua-prelude";

/** Keys of every script here: overlay, batch, lastBatch, totals, parked, accepted; of a batch's also its members. */

/**
 * The guards that every claim starts with. `last` is the highest id that Redis has given out, `high`
 * the highest that PostgreSQL has seen. Without `last` Redis is new or was wiped; with `last` below
 * `high` it has lost a claim that it acknowledged.
 */
const claimGuards = `
local lastText = redis.call('GET', KEYS[3])
local high = tonumber(ARGV[2])
if not lastText then return {'unopened'} end
local last = tonumber(lastText)
if last < high then return {'regressed', integer(last)} end
`;

/**
 * Opens the batch of everything in the overlay, or adopts the one that is open.
 * A value of another type at the key of the overlay or of parked can never be flushed: it is moved
 * aside, whole. A run never takes a batch from a younger one: it was itself taken over.
 *
 * Arguments: run, PostgreSQL's highest batch id, prefix of a batch's members, quarantine key,
 * 'adopt' to leave the overlay alone or 'claim', 'force' to adopt from a younger run too.
 * Reply: ['unopened'] | ['regressed', lastBatch] | ['superseded']
 *      | ['opened', 'adopted' or 'empty', id, targets, chosen, quarantined]
 */
export const openBatch = new RedisScript<[string, ...Array<string | number | null>]>(`
${luaPrelude}
${claimGuards}
local quarantined = '0'
for name, key in pairs({overlay = KEYS[1], parked = KEYS[5]}) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'zset' then
    redis.call('RENAME', key, ARGV[4] .. ':' .. name .. ':' .. now())
    quarantined = '1'
  end
end
local id = redis.call('HGET', KEYS[2], 'id')
if id then
  local owner = redis.call('HGET', KEYS[2], 'owner')
  if tonumber(owner) > tonumber(ARGV[1]) and ARGV[6] ~= 'force' then return {'superseded'} end
  redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'sealed', '1')
  local chosen = redis.call('HGET', KEYS[2], 'chosen') or ''
  local how = owner == ARGV[1] and 'opened' or 'adopted'
  return {how, id, redis.call('ZCARD', ARGV[3] .. id), chosen, quarantined}
end
if ARGV[5] == 'adopt' then return {'empty', '0', 0, '', quarantined} end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[4], 'overlay', '0')
  redis.call('HDEL', KEYS[4], 'since')
  return {'empty', '0', 0, '', quarantined}
end
id = integer(math.max(last, high) + 1)
local views = redis.call('HGET', KEYS[4], 'overlay') or '0'
local since = redis.call('HGET', KEYS[4], 'since') or now()
redis.call('RENAME', KEYS[1], ARGV[3] .. id)
redis.call('HSET', KEYS[2], 'id', id, 'owner', ARGV[1], 'openedAt', now(), 'since', since,
  'views', views, 'returned', '0')
redis.call('HSET', KEYS[4], 'overlay', '0')
redis.call('HDEL', KEYS[4], 'since')
redis.call('SET', KEYS[3], id)
return {'opened', id, redis.call('ZCARD', ARGV[3] .. id), '', quarantined}
`);

/**
 * Moves chosen targets into a batch of their own: the first call opens it, later calls of the same run
 * add to it until `openBatch` seals it. A target must never join a batch id that may already be
 * applied, be it by a call of another run or by a late copy of one of this run's own.
 *
 * Arguments: run, PostgreSQL's highest batch id, prefix of a batch's members, 'overlay' or 'parked' (the
 * overlay and what is parked), targets (at most 1,000).
 * Reply: ['unopened'] | ['regressed', lastBatch] | ['occupied'] | ['opened', id, targets in the batch]
 */
export const claimChosen = new RedisScript<[string, ...Array<string | number>]>(`
${luaPrelude}
${claimGuards}
local id = redis.call('HGET', KEYS[2], 'id')
if id then
  local open = redis.call('HMGET', KEYS[2], 'owner', 'chosen', 'sealed')
  if open[1] ~= ARGV[1] or open[2] ~= ARGV[4] or open[3] then return {'occupied'} end
else
  id = integer(math.max(last, high) + 1)
  local since = redis.call('HGET', KEYS[4], 'since') or now()
  redis.call('HSET', KEYS[2], 'id', id, 'owner', ARGV[1], 'openedAt', now(), 'since', since,
    'views', '0', 'returned', '0', 'chosen', ARGV[4])
  redis.call('SET', KEYS[3], id)
end
local sources = {overlay = KEYS[1]}
if ARGV[4] == 'parked' then sources.parked = KEYS[5] end
for index = 5, #ARGV do
  local member = ARGV[index]
  for name, key in pairs(sources) do
    local score = redis.call('ZSCORE', key, member)
    if score then
      redis.call('ZREM', key, member)
      redis.call('ZINCRBY', ARGV[3] .. id, score, member)
      local views = accepted(member, score)
      if views > 0 then
        redis.call('HINCRBY', KEYS[4], name, integer(-views))
        redis.call('HINCRBY', KEYS[2], 'views', integer(views))
      end
    end
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HDEL', KEYS[4], 'since') end
return {'opened', id, redis.call('ZCARD', ARGV[3] .. id)}
`);

/** A script of a run that does not own the batch (any more) changes nothing and replies -1. */
const ownerCheck = `
if redis.call('HGET', KEYS[2], 'owner') ~= ARGV[1] or redis.call('HGET', KEYS[2], 'id') ~= ARGV[2] then
  return -1
end
local members = ARGV[3] .. ARGV[2]
`;

/**
 * Removes what is committed in PostgreSQL.
 * Arguments: run, batch id, prefix of a batch's members, applied members (at most 1,000).
 */
export const settleApplied = new RedisScript<number>(`
${ownerCheck}
return redis.call('ZREM', members, unpack(ARGV, 4))
`);

/**
 * Gives back what failed, member by member, and only what is still in the batch.
 * Arguments: run, batch id, prefix of a batch's members, then for each member (at most 300): the
 * member, where it goes (`overlay` or `parked`), and the name it goes under. A view that comes back
 * under another name is newly in the books: the count script cannot have written the old name.
 */
export const settleFailed = new RedisScript<number>(`
${luaPrelude}
${ownerCheck}
local destinations = {overlay = KEYS[1], parked = KEYS[5]}
local moved = 0
for index = 4, #ARGV, 3 do
  local member, destination, name = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local score = redis.call('ZSCORE', members, member)
  if score then
    local added = redis.pcall('ZINCRBY', destinations[destination], score, name)
    if type(added) == 'table' and added.err and not string.find(added.err, 'not a number') then
      return added
    end
    redis.call('ZREM', members, member)
    local views = accepted(name, score)
    if views > 0 then
      redis.call('HINCRBY', KEYS[4], destination, integer(views))
      if name == member then
        redis.call('HINCRBY', KEYS[2], 'returned', integer(views))
      else
        redis.call('INCRBY', KEYS[6], integer(views))
      end
      if destination == 'overlay' then
        redis.call('HSETNX', KEYS[4], 'since', redis.call('HGET', KEYS[2], 'since') or now())
      end
    end
    moved = moved + 1
  end
end
return moved
`);

/** Deletes the batch once it is empty. Reply: 1 closed, 0 not empty. Arguments as above. */
export const closeBatch = new RedisScript<number>(`
${ownerCheck}
if redis.call('ZCARD', members) > 0 then return 0 end
redis.call('DEL', KEYS[2], members)
return 1
`);

/**
 * Opens the books anew: everything that PostgreSQL has booked and everything that Redis holds is taken
 * as accepted, and ids go on above the highest that either store knows. Does so only while Redis knows
 * no other last batch id than the caller saw: a caller that stalled must not do it over again.
 * Arguments: PostgreSQL's highest batch id, views applied, views discarded, views applied under that id,
 * the last batch id that the caller saw in Redis or ''. Reply: 1 opened, 0 somebody else did.
 */
export const reopenBooks = new RedisScript<number>(`
${luaPrelude}
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[5] then return 0 end
local open = redis.call('HMGET', KEYS[2], 'id', 'views', 'returned')
local last = math.max(tonumber(ARGV[1]), tonumber(open[1] or '0'), tonumber(redis.call('GET', KEYS[3]) or '0'))
local batch = 0
if open[1] then
  batch = tonumber(open[2] or '0') - tonumber(open[3] or '0')
  if open[1] == ARGV[1] then batch = batch - tonumber(ARGV[4]) end
end
local totals = redis.call('HGETALL', KEYS[4])
local pending = 0
for index = 1, #totals, 2 do
  if totals[index] ~= 'since' then pending = pending + tonumber(totals[index + 1]) end
end
redis.call('SET', KEYS[6], integer(tonumber(ARGV[2]) + tonumber(ARGV[3]) + pending + batch))
redis.call('SET', KEYS[3], integer(last))
return 1
`);

/**
 * Takes the views of targets out of the overlay or of parked, into a place of the discard's own.
 * A late copy of a call must take nothing once the discard is done, or nobody would book it. Before the
 * first batch id is known, the books are about to be opened, and must not be opened around a discard.
 * Keys: overlay, parked, totals, the discard's set, its mark of being done, lastBatch.
 * Arguments: discard id, 'overlay' or 'parked' (the overlay and what is parked), targets (at most 1,000).
 * Reply: 1 taken, 0 refused.
 */
export const takeForDiscard = new RedisScript<number>(`
${luaPrelude}
if redis.call('EXISTS', KEYS[5]) == 1 or redis.call('EXISTS', KEYS[6]) == 0 then return 0 end
local sources = {overlay = KEYS[1]}
if ARGV[2] == 'parked' then sources.parked = KEYS[2] end
for index = 3, #ARGV do
  local member = ARGV[index]
  for name, key in pairs(sources) do
    local score = redis.call('ZSCORE', key, member)
    if score then
      redis.call('ZREM', key, member)
      redis.call('ZINCRBY', KEYS[4], score, member)
      local views = accepted(member, score)
      if views > 0 then
        redis.call('HINCRBY', KEYS[3], name, integer(-views))
        redis.call('HINCRBY', KEYS[3], 'discard:' .. ARGV[1], integer(views))
      end
    end
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HDEL', KEYS[3], 'since') end
return 1
`);

/**
 * Forgets what a discard took, once exactly that is booked, and leaves a mark that it is done.
 * Keys: totals, the discard's set, its mark. Arguments: discard id, views booked, seconds to keep the
 * mark. Reply: 1 forgotten, 0 more was taken since.
 */
export const forgetDiscard = new RedisScript<number>(`
local field = 'discard:' .. ARGV[1]
if (redis.call('HGET', KEYS[1], field) or '0') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], field)
redis.call('UNLINK', KEYS[2])
redis.call('SET', KEYS[3], '1', 'EX', ARGV[3])
return 1
`);
