-- One number's pace: how many messages a second may hold, of which Meta's throttling leaves a share that grows back
-- by itself. Meta counts the messages of the last second, so this does too: a log of what was granted when.
-- KEYS: state, log of "moment count". ARGV: take | return | slow; how many (slow: milliseconds of pause); messages a
-- second; milliseconds in which the share grows from nothing to all; the present in milliseconds, 0 for the server's.
-- Returns {messages granted, milliseconds until the next may go where fewer than asked were granted}.
local verb, amount, rate, recovery, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
-- What leaves us within a second may reach Meta within a little less.
local MARGIN = 0.98
local LEAST_SHARE, CALM = 1 / 16, 2000

local kept = redis.call('HMGET', KEYS[1], 'share', 'slowed', 'closed')
local share, slowed, closed = tonumber(kept[1]) or 1, tonumber(kept[2]) or now - CALM, tonumber(kept[3]) or 0
local grown = math.min(1, share + math.max(0, now - slowed) / recovery)
local limit = math.max(1, math.floor(rate * grown))
local window = 1000 * limit / (rate * grown) / MARGIN

local function first()
  local entry = redis.call('LINDEX', KEYS[2], 0)
  if entry then return tonumber(string.match(entry, '^%S+')), tonumber(string.match(entry, '%S+$')) end
end

local function granted_lately()
  local at = first()
  while at and at <= now - window do
    redis.call('LPOP', KEYS[2])
    at = first()
  end
  local sum = 0
  for _, entry in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
    sum = sum + tonumber(string.match(entry, '%S+$'))
  end
  return sum
end

local function take()
  local granted = 0
  if now >= closed then granted = math.max(0, math.min(amount, limit - granted_lately())) end
  if granted > 0 then redis.call('RPUSH', KEYS[2], string.format('%.3f %d', now, granted)) end
  if granted >= amount then return {granted, 0} end
  local oldest = first()
  return {granted, math.ceil(math.max(1, closed - now, oldest and oldest + window - now or 0))}
end

local function give_back()
  while amount > 0 do
    local entry = redis.call('RPOP', KEYS[2])
    if not entry then break end
    local count = tonumber(string.match(entry, '%S+$'))
    if count > amount then
      redis.call('RPUSH', KEYS[2], string.format('%s %d', string.match(entry, '^%S+'), count - amount))
    end
    amount = amount - count
  end
end

local function slow()
  -- Calls that were under way together are refused together: that is one reason to slow down, not many.
  if not kept[2] or now - slowed >= CALM then
    redis.call('HSET', KEYS[1], 'share', tostring(math.max(LEAST_SHARE, grown / 2)), 'slowed', string.format('%.3f', now))
  end
  closed = math.max(closed, now + amount)
  redis.call('HSET', KEYS[1], 'closed', string.format('%.3f', closed))
  redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(recovery, closed - now)))
end

local answer = {0, 0}
if verb == 'take' then
  answer = take()
elseif verb == 'return' then
  give_back()
else
  slow()
end
redis.call('PEXPIRE', KEYS[2], math.ceil(window) + 1000)
return answer
