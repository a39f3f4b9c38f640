/** The operations of a batch, and how they run. */
export const OPERATIONS = /* lua */ `
local algorithms = { gcra = cells, log = log }

local function value_of(key)
  local held = entry_of(key).held
  if held and held.kind == 'v' and held.expires > now then return held.value end
end

local function write(key, value, ttl)
  entry_of(key).held = { kind = 'v', value = value, expires = now + tonumber(ttl) * 1000 }
end

local fields = 0
local function next_field()
  fields = fields + 1
  return ARGV[fields]
end
local function next_number() return tonumber(next_field()) end
local function next_rate()
  local algorithm = algorithms[next_field()]
  local limit, period, burst, block = next_number(), next_number(), next_number(), next_number()
  return algorithm, { limit = limit, period = period * 1000, burst = burst, block = block * 1000 }
end

local replies, charges, batch_denied = {}, {}, false
local operations = {}

function operations.read(key) return value_of(key) or false end

function operations.put(key)
  local value, ttl = next_field(), next_field()
  write(key, value, ttl)
  return false
end

function operations.claim(key)
  local ttl = next_field()
  if value_of(key) then return 0 end
  write(key, '', ttl)
  return 1
end

function operations.compareAndSet(key)
  local expects_one, expected, value, ttl = next_field() == '1', next_field(), next_field(), next_field()
  local present = value_of(key)
  if expects_one and present ~= expected or not expects_one and present then return 0 end
  write(key, value, ttl)
  return 1
end

function operations.remove(key)
  entry_of(key).held = nil
  return false
end

function operations.consume(key, index)
  local algorithm, rate = next_rate()
  local cost, enforced = next_number(), next_field() == '1'
  local entry = entry_of(key)
  local new = algorithm.new()
  if not entry.held or entry.held.kind ~= new.kind then entry.held = new end
  local meter = entry.held
  local charge = { index = index, algorithm = algorithm, meter = meter, rate = rate, cost = cost, tat = meter.tat, part = meter.part }
  local reply = algorithm.charge(meter, rate, cost)
  if reply[1] == 1 then table.insert(charges, charge) elseif enforced then batch_denied = true end
  return reply
end

function operations.refund(key)
  local algorithm, rate = next_rate()
  local cost = next_number()
  local held = entry_of(key).held
  if not held or held.kind ~= algorithm.new().kind then return false end
  return algorithm.refund(held, rate, cost)
end

for index, key in ipairs(KEYS) do replies[index] = operations[next_field()](key, index) end

-- All limits are charged or none. Last charge first, so that a key that stands twice in the batch ends where it began.
if batch_denied then
  for i = #charges, 1, -1 do
    local charge = charges[i]
    replies[charge.index] = charge.algorithm.restore(charge.meter, charge)
  end
end

save()
return replies
`;
