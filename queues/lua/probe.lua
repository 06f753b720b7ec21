-- Whether a delivery could be stored, asked without storing one: the keys of append.lua, and a write.
-- KEYS: stream, due flag, probe.
redis.call('EXISTS', KEYS[1], KEYS[2])
redis.call('SET', KEYS[3], '1', 'EX', 60)
return 1
