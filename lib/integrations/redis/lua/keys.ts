/**
 * What the keys of a batch hold: read once, written once. A key holds one string whose first byte tells its kind: `v` a value, `g` the
 * cells of a limit, `l` the log of one.
 */
export const KEYS = /* lua */ `
local function decode(key, stored)
  local kind = string.sub(stored, 1, 1)
  if kind == 'v' then
    local colon = string.find(stored, ':', 1, true)
    return { kind = 'v', expires = tonumber(string.sub(stored, 2, colon - 1)), value = string.sub(stored, colon + 1) }
  end
  local numbers = {}
  for number in string.gmatch(stored, '%d+') do table.insert(numbers, tonumber(number)) end
  local blocked_until = table.remove(numbers, 1)
  if kind == 'g' then return { kind = 'g', blocked_until = blocked_until, tat = numbers[1], part = numbers[2] } end
  if kind == 'l' then return { kind = 'l', blocked_until = blocked_until, times = numbers } end
  error('another program wrote ' .. key)
end

local function encode(held)
  if held.kind == 'v' then return 'v' .. digits(held.expires) .. ':' .. held.value end
  local numbers = { digits(held.blocked_until) }
  for _, number in ipairs(held.times or { held.tat, held.part }) do table.insert(numbers, digits(number)) end
  return held.kind .. table.concat(numbers, ':')
end

-- By key: stored, what Redis has, and held, what it will have. Written at the end and only where they differ, so that an error
-- leaves nothing half done, and a denial costs neither a write nor replication.
local entries = {}

local function entry_of(key)
  local entry = entries[key]
  if not entry then
    local stored = redis.call('GET', key)
    entry = { stored = stored, held = stored and decode(key, stored) or nil }
    entries[key] = entry
  end
  return entry
end

local function save()
  for key, entry in pairs(entries) do
    local encoded = entry.held and encode(entry.held)
    if encoded ~= entry.stored then
      if encoded and entry.held.expires > now then
        redis.call('SET', key, encoded, 'PX', digits(milliseconds(entry.held.expires - now) + LEEWAY))
      elseif entry.stored then
        redis.call('DEL', key)
      end
    end
  end
end
`;
