-- Append events to the capped history and publish them, in one order for both.
-- KEYS: history stream. ARGV: longest history, channel, then (conversation id or '', event JSON) pairs.
-- Publishes one payload for all: a line "<id> <conversation id or -> <json>" each.
-- Returns the id of each event.
local ids, lines = {}, {}
for i = 3, #ARGV, 2 do
  local conversation, body = ARGV[i], ARGV[i + 1]
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'c', conversation, 'e', body)
  ids[#ids + 1] = id
  lines[#lines + 1] = id .. ' ' .. (conversation == '' and '-' or conversation) .. ' ' .. body
end
redis.call('PUBLISH', ARGV[2], table.concat(lines, '\n'))
return ids
