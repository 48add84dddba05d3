import { RedisScript } from "~/platform/redis-script.server";
import { luaPrelude } from "~/sync/redis/lua-prelude";
import { GROUPS } from "./mark-epochs";

/** Bytes that a value of a listpack may have, and so a group of a bucket. */
const LISTPACK_VALUE = 64;
/** Bytes of the time in a mark. */
const TIME_BYTES = 3;

/**
 * Counts one view unless its client has used up its limit, its viewer was counted within the window, or its
 * network has counted for the target as often as it may. The client library re-sends a command whose reply was
 * lost, and only the mark, left by the same script, makes that harmless.
 *
 * Marks stand in buckets, small hashes. A field is a group of marks in the order of their times, and a mark is a
 * print of the viewer and three bytes of time. Views of a network are noted in the same way in other groups.
 *
 * Keys: marks, overlay, accepted, totals, the client's limit; for each epoch, newest first, the buckets of the
 * mark and of the cap; then what marks the viewer in the version before.
 * Arguments: target, id of the newest epoch, when it ends, from how many accepted views on it is full, milliseconds
 * that a viewer counts once, views that a client may send in a minute (0: any), viewers of a network (0: any), number
 * of epochs; for each of them its start, its tick, and the group and the print of the mark and of the cap.
 * Reply: what became of the view; 'full' when it was counted and a new epoch is due; 'stale' when nothing was done,
 * because the newest epoch is another one or over; the milliseconds to wait for where the limit is used up.
 */
export const countView = new RedisScript<
  "counted" | "full" | "duplicate" | "network" | "stale" | number
>(`
${luaPrelude}
local clock = redis.call('TIME')
local time = clock[1] * 1000 + math.floor(clock[2] / 1000)
if redis.call('HGET', KEYS[1], 'current') ~= ARGV[2] or time >= tonumber(ARGV[3]) then return 'stale' end
local limit = tonumber(ARGV[6])
if limit > 0 then
  local sent = redis.call('INCR', KEYS[5])
  if sent == 1 then redis.call('EXPIRE', KEYS[5], 60) end
  if sent > limit then return redis.call('PTTL', KEYS[5]) end
end

local over = time - tonumber(ARGV[5])
local cap, epochs = tonumber(ARGV[7]), tonumber(ARGV[8])
for index = 6 + 2 * epochs, #KEYS do
  if redis.call('EXISTS', KEYS[index]) == 1 then return 'duplicate' end
end
local function timeAt(records, position, epoch)
  local high, middle, low = string.byte(records, position, position + ${TIME_BYTES - 1})
  return ARGV[epoch] + ((high * 256 + middle) * 256 + low) * ARGV[epoch + 1]
end
-- A group that is as long as it may be goes on in the next field.
local function wholeOf(print)
  return ${LISTPACK_VALUE} - ${LISTPACK_VALUE} % (#print + ${TIME_BYTES})
end
local function records(part, key, group, print)
  if not part then return '' end
  local all, whole = part, wholeOf(print)
  while part and #part == whole do
    group = group + ${GROUPS}
    part = redis.call('HGET', key, group)
    all = all .. (part or '')
  end
  return all
end
local function holding(records, print, epoch)
  local width, found = #print, 0
  local position = string.find(records, print, 1, true)
  while position do
    local isWhole = (position - 1) % (width + ${TIME_BYTES}) == 0
    if isWhole and timeAt(records, position + width, epoch) > over then found = found + 1 end
    position = string.find(records, print, position + 1, true)
  end
  return found
end
local marks, views, noted = nil, nil, 0
for epoch = 1, epochs do
  local first = 3 + 6 * epoch
  local key, capKey = KEYS[4 + 2 * epoch], KEYS[5 + 2 * epoch]
  local part, capPart
  if cap == 0 then
    part = redis.call('HGET', key, ARGV[first + 2])
  elseif key == capKey then
    local parts = redis.call('HMGET', key, ARGV[first + 2], ARGV[first + 4])
    part, capPart = parts[1], parts[2]
  else
    part = redis.call('HGET', key, ARGV[first + 2])
    capPart = redis.call('HGET', capKey, ARGV[first + 4])
  end
  local found = records(part, key, ARGV[first + 2], ARGV[first + 3])
  if holding(found, ARGV[first + 3], first) > 0 then return 'duplicate' end
  local seen = records(capPart, capKey, ARGV[first + 4], ARGV[first + 5])
  noted = noted + (cap > 0 and holding(seen, ARGV[first + 5], first) or 0)
  if epoch == 1 then marks, views = found, seen end
end
if cap > 0 and noted >= cap then return 'network' end

-- Nothing is half done where one of the keys holds something else.
local pending = redis.call('HINCRBY', KEYS[4], 'overlay', 1)
local accepted = redis.pcall('INCR', KEYS[3])
local added = type(accepted) == 'number' and redis.pcall('ZINCRBY', KEYS[2], 1, ARGV[1]) or accepted
if type(added) == 'table' then
  redis.call('HINCRBY', KEYS[4], 'overlay', -1)
  if type(accepted) == 'number' then redis.call('DECR', KEYS[3]) end
  return added
end
if pending == 1 then redis.call('HSET', KEYS[4], 'since', now()) end

local ticks = math.max(0, math.floor((time - ARGV[9]) / ARGV[10]))
local stamp = string.char(math.floor(ticks / 65536) % 256, math.floor(ticks / 256) % 256, ticks % 256)
local function add(changes, key, group, records, print)
  local width, whole, before = #print, wholeOf(print), #records
  local first, part = 1, math.floor(before / whole)
  while first < before and timeAt(records, first + width, 9) <= over do first = first + width + ${TIME_BYTES} end
  if first > 1 then part = 0 end
  records = string.sub(records, first) .. print .. stamp
  while part * whole < math.max(#records, before) do
    local value = string.sub(records, part * whole + 1, (part + 1) * whole)
    if value == '' then
      redis.call('HDEL', key, group + ${GROUPS} * part)
    else
      changes[#changes + 1] = group + ${GROUPS} * part
      changes[#changes + 1] = value
    end
    part = part + 1
  end
end
local function write(changes, key)
  redis.call('HSET', key, unpack(changes))
  redis.call('PEXPIRE', key, ARGV[5])
end
local changes, capChanges = {}, {}
add(changes, KEYS[6], ARGV[11], marks, ARGV[12])
if cap > 0 then
  if KEYS[6] == KEYS[7] then capChanges = changes end
  add(capChanges, KEYS[7], ARGV[13], views, ARGV[14])
  if KEYS[6] ~= KEYS[7] then write(capChanges, KEYS[7]) end
end
write(changes, KEYS[6])
if accepted >= tonumber(ARGV[4]) then return 'full' end
return 'counted'
`);

export type EpochsReply = [now: string, accepted: string | null, epochs: string | null];

/**
 * Reads the epochs of marks, after putting others in their place if nobody else has since they were read.
 * Keys: marks, accepted. Arguments: id of the newest epoch as read or '', and to write: the id of the new one, all
 * of them, and milliseconds after which they are forgotten.
 */
export const markEpochs = new RedisScript<EpochsReply>(`
${luaPrelude}
if ARGV[2] and (redis.call('HGET', KEYS[1], 'current') or '') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'epochs', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {now(), redis.call('GET', KEYS[2]), redis.call('HGET', KEYS[1], 'epochs')}
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
