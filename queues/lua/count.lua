-- Count that a delivery is tried alone, or take such a count back. Of one that is done nothing is counted: whoever
-- lost the drain may speak after another has finished its work, and what it wrote down would stay for good.
-- KEYS: attempts, stream, fence. ARGV: the entry's id, 1 or -1, the drain's fence or 0.
-- Returns how often it was tried, 0 where it is done.
local fence, highest = tonumber(ARGV[3]), tonumber(redis.call('GET', KEYS[3]) or 0)
if fence > 0 and fence < highest then return redis.error_reply('FENCED another drain took over') end
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
