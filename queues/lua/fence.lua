-- Stands before each script that takes a fence (queues/fence.py): an error where another drain has a higher one than
-- this, else nil, and the highest is remembered. A fence of 0 is nobody's, and is never refused.
local function refused_by(key, given)
  local fence, highest = tonumber(given), tonumber(redis.call('GET', key) or 0)
  if fence > 0 and fence < highest then return redis.error_reply('FENCED another drain took over') end
  if fence > highest then redis.call('SET', key, given) end
end
