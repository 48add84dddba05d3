import { RedisScript } from "~/platform/redis-script.server";
import { luaPrelude } from "~/sync/redis/lua-prelude";
import { GROUPS } from "./mark-epochs";

/** The most bytes of a value in a listpack, and so of a group of a bucket. */
const LISTPACK_VALUE = 64;
/** Bytes of the time in a mark. */
const TIME_BYTES = 3;

/**
 * Counts one view unless its client has used up its limit, its viewer was counted within the window, or its
 * network has counted for the target as often as it may. The client library re-sends a command whose reply
 * was lost, and only the mark, left by the same script, makes that harmless.
 *
 * Marks are kept in buckets, which are small hashes. A field is a group of marks in the order of their times,
 * and a mark is a print of the viewer and three bytes of time. Views of a network are noted in the same way
 * in other groups.
 *
 * Keys: marks, overlay, accepted, totals, the client's limit; for each epoch, newest first, the buckets of
 * the mark and of the cap; then the keys that mark the viewer in the version before.
 * Arguments: target, id of the newest epoch, when it ends, number of accepted views at which it is full,
 * window in milliseconds, views that a client may send in a minute (0: any), viewers of a network (0: any),
 * number of epochs; for each of them its start, its tick, and the group and the print of the mark and of the
 * cap.
 * Reply: what became of the view; 'full' when it was counted and a new epoch is due; 'stale' when nothing was
 * done, because the newest epoch is over or is another one; the milliseconds to wait when the limit is used
 * up.
 */
export const countScript = new RedisScript<
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
