/** The clock, and durations in whole numbers. */
export const DURATIONS = /* lua */ `
-- The server's clock is the only one. All times are whole microseconds: some 2^51 now, and a double is exact up to 2^53.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- Milliseconds for which Redis keeps a key when what it holds is over. PX counts from the start of the script, before TIME was asked.
-- What a key holds carries its own end, so that a key kept too long does no harm, and one lost too early would.
local LEEWAY = 1

-- tostring() would write 1.79e+15.
local function digits(number) return string.format('%.0f', number) end
local function round_up(number, part) return part > 0 and number + 1 or number end
local function milliseconds(duration) return math.ceil(duration / 1000) end

-- Durations in cells are a whole part and a numerator over the limit: a rounded interval admits one request too many or too few, and
-- one number in 1/limit microseconds would not fit a double.
local function longer(a, a_part, b, b_part) return a > b or (a == b and a_part > b_part) end

local function add(a, a_part, b, b_part, limit)
  local part = a_part + b_part
  if part >= limit then return a + b + 1, part - limit end
  return a + b, part
end

local function subtract(a, a_part, b, b_part, limit)
  if a_part < b_part then return a - b - 1, a_part + limit - b_part end
  return a - b, a_part - b_part
end

-- units * period / limit. The product of units and period would not fit a double, so the period is divided first.
local function drain_time(units, rate)
  local rest = units * (rate.period % rate.limit)
  local whole = units * math.floor(rate.period / rate.limit) + math.floor(rest / rate.limit)
  return whole, rest % rate.limit
end

-- The most units that drain in a duration. The division is a guess, a neighbour may be right.
local function units_in(duration, part, rate)
  local units = math.min(rate.burst, math.floor(duration / rate.period * rate.limit))
  local function fits(count)
    local needed, needed_part = drain_time(count, rate)
    return not longer(needed, needed_part, duration, part)
  end
  while units > 0 and not fits(units) do units = units - 1 end
  while units < rate.burst and fits(units + 1) do units = units + 1 end
  return units
end
`;
