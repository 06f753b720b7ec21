-- One number's pace: how many messages a second may hold, of which Meta's throttling leaves a share that grows back
-- by itself. Meta counts the messages of the last second, so this does too: a log of what was granted when. And so
-- that no second's messages all leave in one moment, which a stall would move into the next second, no tenth of a
-- second holds more than twice its part.
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
local TENTH = 100
local limit_of_tenth = math.ceil(limit * 0.2)

local function parse(entry)
  return tonumber(string.match(entry, '^%S+')), tonumber(string.match(entry, '%S+$'))
end

-- What may go by a limit of so many in so many milliseconds, and when the first of those that count against it was
-- granted.
local function left(log, most, span)
  local oldest = now
  for i = #log, 1, -1 do
    local at, count = parse(log[i])
    if at <= now - span then break end
    most, oldest = most - count, at
  end
  return most, oldest
end

local function take()
  local log = redis.call('LRANGE', KEYS[2], 0, -1)
  local by_second, second_began = left(log, limit, window)
  local by_tenth, tenth_began = left(log, limit_of_tenth, TENTH)
  local granted = 0
  if now >= closed then granted = math.max(0, math.min(amount, by_second, by_tenth)) end
  if granted > 0 then redis.call('RPUSH', KEYS[2], string.format('%.3f %d', now, granted)) end
  if granted >= amount then return {granted, 0} end
  local wait = math.max(1, closed - now)
  if by_second <= granted then wait = math.max(wait, second_began + window - now) end
  if by_tenth <= granted then wait = math.max(wait, tenth_began + TENTH - now) end
  return {granted, math.ceil(wait)}
end

local function forget_old()
  local entry = redis.call('LINDEX', KEYS[2], 0)
  while entry and parse(entry) <= now - window do
    redis.call('LPOP', KEYS[2])
    entry = redis.call('LINDEX', KEYS[2], 0)
  end
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
forget_old()
if verb == 'take' then
  answer = take()
elseif verb == 'return' then
  give_back()
else
  slow()
end
redis.call('PEXPIRE', KEYS[2], math.ceil(window) + 1000)
return answer
