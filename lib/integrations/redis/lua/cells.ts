/** The generic cell rate algorithm, as `lib/kit/state/gcra.ts` has it. */
export const CELLS = /* lua */ `
-- The generic cell rate algorithm: tat + part / limit is the theoretical arrival time.
local cells = {}

function cells.new() return { kind = 'g', tat = 0, part = 0, blocked_until = 0, expires = 0 } end

function cells.remember(meter) meter.expires = math.max(round_up(meter.tat, meter.part), meter.blocked_until) end

-- How far the key is ahead of now. A denial leaves the time as it is: another rate of the key may have counted it, and nothing is written.
function cells.ahead(meter, rate)
  -- No limit of this period gets further ahead: the clock was set back, or the period made shorter. Neither may lock a caller out for longer.
  if meter.tat >= now + rate.period then meter.tat, meter.part = now + rate.period, 0 end
  shorten_block(meter, rate)
  cells.remember(meter)
  if meter.tat < now then return 0, 0 end
  -- A part that is no part of this limit is one of another: less than a microsecond.
  return meter.tat - now, meter.part < rate.limit and meter.part or 0
end

function cells.answer(meter, rate, ahead, part)
  cells.remember(meter)
  local full, full_part = drain_time(rate.burst, rate)
  -- Another rate of the key may be further ahead than this one ever is.
  if longer(ahead, part, full, full_part) then return admitted(meter, 0) end
  local left, left_part = subtract(full, full_part, ahead, part, rate.limit)
  return admitted(meter, units_in(left, left_part, rate))
end

function cells.set(meter, rate, ahead, part)
  meter.tat, meter.part = now + ahead, part
  return cells.answer(meter, rate, ahead, part)
end

function cells.charge(meter, rate, cost)
  local ahead, part = cells.ahead(meter, rate)
  if meter.blocked_until > now then return denied(meter, 0) end
  local needed, needed_part = drain_time(cost, rate)
  local full, full_part = drain_time(rate.burst, rate)
  ahead, part = add(ahead, part, needed, needed_part, rate.limit)
  if longer(ahead, part, full, full_part) then
    local wait = round_up(subtract(ahead, part, full, full_part, rate.limit))
    start_block(meter, rate, wait)
    cells.remember(meter)
    return denied(meter, wait)
  end
  return cells.set(meter, rate, ahead, part)
end

function cells.refund(meter, rate, cost)
  local ahead, part = cells.ahead(meter, rate)
  local back, back_part = drain_time(cost, rate)
  if longer(back, back_part, ahead, part) then return cells.set(meter, rate, 0, 0) end
  return cells.set(meter, rate, subtract(ahead, part, back, back_part, rate.limit))
end

-- As the key was before a charge of this batch.
function cells.restore(meter, charge)
  meter.tat, meter.part = charge.tat, charge.part
  return cells.answer(meter, charge.rate, cells.ahead(meter, charge.rate))
end
`;
