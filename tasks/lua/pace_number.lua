-- One number's bucket: tokens that come at the number's rate, of which Meta's throttling leaves a share that grows
-- back by itself.
-- KEYS: bucket. ARGV: take | return | slow; how many (slow: milliseconds of pause); messages a second;
-- milliseconds in which the share grows from nothing to all; the present in milliseconds, 0 for the server's clock.
-- Returns {tokens granted, milliseconds until the next one where fewer than asked were granted}.
local verb, amount, rate, recovery, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
-- Meta counts the messages of a second: what has gathered and what comes in a second are together the rate.
local GATHERED = 0.04
local capacity = math.max(1, rate * GATHERED)
local LEAST_SHARE, CALM = 1 / 16, 2000

local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'share', 'slowed', 'closed')
local tokens, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
local share, slowed, closed = tonumber(kept[3]) or 1, tonumber(kept[4]) or -math.huge, tonumber(kept[5]) or 0
now = math.max(now, at)
local grown = math.min(1, share + (now - math.max(slowed, 0)) / recovery)
if slowed == -math.huge then grown = 1 end
local speed = rate * (1 - GATHERED) * grown / 1000
tokens = math.min(capacity, tokens + (now - math.max(at, closed)) * speed)
if now < closed then tokens = 0 end

local granted, wait = 0, 0
if verb == 'take' then
  granted = math.max(0, math.min(amount, math.floor(tokens)))
  tokens = tokens - granted
  if granted < amount then wait = math.max(0, closed - now) + math.max(0, 1 - tokens) / speed end
elseif verb == 'return' then
  tokens = math.min(capacity, tokens + amount)
elseif now - slowed >= CALM then
  -- Calls that were under way together are refused together: that is one reason to slow down, not many.
  share, slowed, tokens = math.max(LEAST_SHARE, grown / 2), now, 0
end
if verb == 'slow' then closed = math.max(closed, now + amount) end

local fields = {'tokens', tostring(tokens), 'at', string.format('%.3f', now), 'closed', string.format('%.3f', closed)}
if slowed > -math.huge then
  fields[#fields + 1] = 'share'
  fields[#fields + 1] = tostring(share)
  fields[#fields + 1] = 'slowed'
  fields[#fields + 1] = string.format('%.3f', slowed)
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(recovery, closed - now, 1000 / rate) + 60000))
return {granted, math.ceil(wait)}
