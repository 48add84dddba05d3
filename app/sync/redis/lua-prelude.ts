/** What the scripts that move views share. */
export const luaPrelude = `
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
