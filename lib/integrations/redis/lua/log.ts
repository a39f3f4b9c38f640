/** The exact log, as `lib/kit/state/log.ts` has it. */
export const LOG = /* lua */ `
-- The exact log: when each unit was taken, oldest first.
local log = {}

function log.new() return { kind = 'l', times = {}, blocked_until = 0, expires = 0 } end

function log.remember(meter, rate)
  local newest = meter.times[#meter.times]
  meter.expires = math.max(newest and newest + rate.period or 0, meter.blocked_until)
end

function log.forget_old(meter, rate)
  local kept = {}
  for _, taken in ipairs(meter.times) do
    -- The clock was set back: what seems to come later happens now, so that nobody is locked out for longer.
    if taken > now - rate.period then kept[#kept + 1] = math.min(taken, now) end
  end
  meter.times = kept
  shorten_block(meter, rate)
  log.remember(meter, rate)
end

function log.answer(meter, rate)
  log.remember(meter, rate)
  return admitted(meter, math.max(0, rate.limit - #meter.times))
end

function log.charge(meter, rate, cost)
  log.forget_old(meter, rate)
  if meter.blocked_until > now then return denied(meter, 0) end
  -- Those many of the oldest have to go first.
  local excess = #meter.times + cost - rate.limit
  if excess > 0 then
    local wait = meter.times[excess] + rate.period - now
    start_block(meter, rate, wait)
    log.remember(meter, rate)
    return denied(meter, wait)
  end
  for _ = 1, cost do table.insert(meter.times, now) end
  return log.answer(meter, rate)
end

function log.refund(meter, rate, cost)
  log.forget_old(meter, rate)
  for _ = 1, math.min(cost, #meter.times) do table.remove(meter.times) end
  return log.answer(meter, rate)
end

function log.restore(meter, charge) return log.refund(meter, charge.rate, charge.cost) end
`;
