import { RedisScript } from "~/platform/redis-script.server";

/**
 * Where a page begins that starts after `offset` members of several sorted sets merged by score. Skips
 * in steps: of all sets the one whose step ends first in the merged order can be skipped by that step
 * without passing the offset, so a few dozen look-ups find the last page of any number of members.
 *
 * Keys: overlay, batch, parked. Arguments: prefix of a batch's members, 'asc' or 'desc', offset, places.
 * Reply: id of the open batch, where the page begins in each place, how many members each place has.
 */
export const rankCut = new RedisScript<[batch: string | null, starts: number[], sizes: number[]]>(`
local open = redis.call('HGET', KEYS[2], 'id')
local keyOf = {waiting = KEYS[1], parked = KEYS[3]}
if open then keyOf.batch = ARGV[1] .. open end
local range = ARGV[2] == 'asc' and 'ZRANGE' or 'ZREVRANGE'
local left = tonumber(ARGV[3])
local keys, starts, sizes = {}, {}, {}
for index = 4, #ARGV do
  local key = keyOf[ARGV[index]]
  keys[#keys + 1] = key or false
  starts[#starts + 1] = 0
  sizes[#sizes + 1] = key and redis.call('ZCARD', key) or 0
end
local function precedes(a, b)
  if ARGV[2] == 'asc' then return a < b end
  return a > b
end
local step = left
while left > 0 do
  step = math.max(1, math.min(step, math.floor(left / #keys)))
  local first, firstScore
  for index = 1, #keys do
    local rank = starts[index] + step - 1
    if rank < sizes[index] then
      local score = tonumber(redis.call(range, keys[index], rank, rank, 'WITHSCORES')[2])
      if not first or precedes(score, firstScore) then first, firstScore = index, score end
    end
  end
  if first then
    starts[first] = starts[first] + step
    left = left - step
  elseif step == 1 then
    break
  else
    step = math.floor(step / 2)
  end
end
return {open, starts, sizes}
`);
