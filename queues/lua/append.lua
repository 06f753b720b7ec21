-- Append deliveries to the inbox and say whether a drain must be woken.
-- KEYS: stream, due flag. ARGV: most entries, seconds the flag lives, body, body, ...
-- Returns 1: stored, wake a drain; 0: stored, one is due already; -1: full, none stored.
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return -1 end
for i = 3, #ARGV do
  redis.call('XADD', KEYS[1], '*', 'b', ARGV[i])
end
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then return 1 end
return 0
