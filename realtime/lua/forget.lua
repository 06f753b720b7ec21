-- Take past events that carry messages which are deleted by now out of one page of the history, and of its index.
-- KEYS: history stream, index, -, -, places taken out of the history. ARGV: id to begin at, entries to look at, how many
-- places may be remembered, the messages' ids.
-- Returns the id to go on at, or '' at the end. A client may have one of the events as its place, which stays good.
local history, index, gone = KEYS[1], KEYS[2], KEYS[5]
local wanted = {}
for i = 4, #ARGV do wanted[ARGV[i]] = true end

local function take_out(conversation, id)
  local ms, sequence = id:match('(%d+)-(%d+)')
  local padded = ('0'):rep(13 - #ms) .. ms .. '-' .. ('0'):rep(7 - #sequence) .. sequence
  redis.call('XDEL', history, id)
  redis.call('ZREM', index, conversation .. ':' .. padded)
  redis.call('ZADD', gone, ms, id)
end

local entries = redis.call('XRANGE', history, ARGV[1], '+', 'COUNT', ARGV[2])
for _, entry in ipairs(entries) do
  local conversation, body = entry[2][2], entry[2][4]
  local message = string.match(body, '"message":{"id":"([%x-]+)"')
  if message and wanted[message] and string.find(body, '"deleted_at":null', 1, true) then
    take_out(conversation, entry[1])
  end
end
redis.call('ZREMRANGEBYRANK', gone, 0, -ARGV[3] - 1)
if #entries < tonumber(ARGV[2]) then return '' end
return '(' .. entries[#entries][1]
