-- Count that a delivery is tried alone, or take such a count back. Of one that is done nothing is counted: whoever
-- lost the drain may speak after another has finished its work, and what it wrote down would stay for good.
-- KEYS: attempts, stream, fence. ARGV: the entry's id, 1 or -1, the drain's fence or 0.
-- Returns how often it was tried, 0 where it is done.
local refused = refused_by(KEYS[3], ARGV[3])
if refused then return refused end
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
