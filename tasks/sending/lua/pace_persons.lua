-- One message to each of these persons: granted where their burst allows it.
-- A key holds the moment at which the person's burst is whole again, in milliseconds.
-- KEYS: one a person. ARGV: milliseconds between messages, burst, the present in milliseconds, 0 for the server's clock.
-- Returns for each 0 where it is granted, else the milliseconds to wait.
local interval, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local waits = {}
for i, key in ipairs(KEYS) do
  local whole = math.max(now, tonumber(redis.call('GET', key) or now))
  local wait = math.ceil(whole - now - (burst - 1) * interval)
  if wait <= 0 then
    wait = 0
    redis.call('SET', key, string.format('%.3f', whole + interval), 'PX', math.ceil(whole + interval - now))
  end
  waits[i] = wait
end
return waits
