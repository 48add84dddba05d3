/**
 * What the scripts that move views share.
 *
 * `accepted` is true for entries that the count script can have written, whole views under a well-formed name, and
 * false for anything else that may stand in a sorted set. Only the former are in the running sums and in the books.
 */
export const luaPrelude = `
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
-- A script that fails half-way keeps what it has done, so the types of its first keys are checked first.
local function wrongType(expected)
  for index, kind in ipairs(expected) do
    local actual = redis.call('TYPE', KEYS[index]).ok
    if actual ~= 'none' and actual ~= kind then
      return redis.error_reply('WRONGTYPE ' .. KEYS[index] .. ' holds a ' .. actual)
    end
  end
end
`;
