import { RedisScript } from "~/platform/redis-script.server";

/** The scripts by which the version before moved views, as they were. */

const luaPrelude = `
local function accepted(member, score)
  local views = tonumber(score)
  local wellFormed = #member <= 112 and string.match(member, '^forum_topic:[%w_%-]+$')
  if not wellFormed or views < 1 or views > 9007199254740991 then return 0 end
  return math.floor(views)
end
local function now()
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end
local function integer(value)
  return string.format('%.0f', value)
end
`;

const claimGuards = `
local lastText = redis.call('GET', KEYS[3])
local high = tonumber(ARGV[2])
if not lastText then return {'unopened'} end
local last = tonumber(lastText)
if last < high then return {'regressed', integer(last)} end
`;

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

const ownerCheck = `
if redis.call('HGET', KEYS[2], 'owner') ~= ARGV[1] or redis.call('HGET', KEYS[2], 'id') ~= ARGV[2] then
  return -1
end
local members = ARGV[3] .. ARGV[2]
`;

export const settleApplied = new RedisScript<number>(`
${ownerCheck}
return redis.call('ZREM', members, unpack(ARGV, 4))
`);

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

export const closeBatch = new RedisScript<number>(`
${ownerCheck}
if redis.call('ZCARD', members) > 0 then return 0 end
redis.call('DEL', KEYS[2], members)
return 1
`);

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

export const forgetDiscard = new RedisScript<number>(`
local field = 'discard:' .. ARGV[1]
if (redis.call('HGET', KEYS[1], field) or '0') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], field)
redis.call('UNLINK', KEYS[2])
redis.call('SET', KEYS[3], '1', 'EX', ARGV[3])
return 1
`);
