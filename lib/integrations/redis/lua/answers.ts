/** What both algorithms share: their answers, and blocks. */
export const ANSWERS = /* lua */ `
local function denied(meter, wait)
  local retry_after = math.max(wait, meter.blocked_until - now)
  local reset_after = math.max(meter.expires - now, retry_after)
  return { 0, 0, milliseconds(retry_after), milliseconds(reset_after) }
end

local function admitted(meter, remaining)
  return { 1, remaining, 0, milliseconds(math.max(0, meter.expires - now)) }
end

local function start_block(meter, rate, wait)
  if rate.block > 0 then meter.blocked_until = now + math.max(rate.block, wait) end
end

-- A clock that was set back must not lock a caller out for longer.
local function shorten_block(meter, rate)
  meter.blocked_until = math.min(meter.blocked_until, now + math.max(rate.block, rate.period))
end
`;
