-- Read new deliveries for the drain, bounded in number and bytes; where there is none and the drain is about to
-- rest, take the flag down.
-- In one script, so that nothing can be appended between the last read and the flag: whatever comes later
-- finds no flag and wakes a drain.
-- KEYS: stream, due flag, fence, whether burying has stopped. ARGV: group, consumer, most entries, most bytes, 1 to rest, the drain's fence or 0.
-- Returns {how many were held before, id, body, id, body, ...}, and {-1} where burying has stopped: then nothing is taken.
local refused = refused_by(KEYS[3], ARGV[6])
if refused then return refused end
if redis.call('EXISTS', KEYS[4]) == 1 then return {-1} end
local held = redis.call('XPENDING', KEYS[1], ARGV[1])[1]
local found, bytes, left = {}, 0, tonumber(ARGV[3])
while left > 0 and bytes < tonumber(ARGV[4]) do
  local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', math.min(left, 10), 'STREAMS', KEYS[1], '>')
  if not reply then break end
  for _, entry in ipairs(reply[1][2]) do
    found[#found + 1] = entry[1]
    found[#found + 1] = entry[2][2]
    bytes = bytes + #entry[2][2]
    left = left - 1
  end
end
if #found == 0 and ARGV[5] == '1' then redis.call('DEL', KEYS[2]) end
table.insert(found, 1, held)
return found
