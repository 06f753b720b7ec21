-- Append events to the capped history and its index by conversation, and publish them, in one order for all.
-- KEYS: history stream, index, what the index covers, deleted messages, -, fence. ARGV: longest history, channel, the
-- publisher's fence or 0, then (conversation id or '', event JSON) pairs. Publishes one payload for all: a line
-- "<id> <conversation id or -> <json>" each. What an event of a deleted message said before it was deleted is neither
-- kept nor told: such an event was made before and comes late. Returns the ids of the others.
local fence = tonumber(ARGV[3])
if fence > 0 and fence < tonumber(redis.call('GET', KEYS[6]) or 0) then
  return redis.error_reply('FENCED another drain took over')
end
local SLACK = 128
local history, index, covers, deleted = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local longest = tonumber(ARGV[1])

-- The index sorts by its members alone: "<conversation>:<milliseconds>-<sequence>", both parts of the id padded.
local function member(conversation, id)
  local ms, sequence = id:match('(%d+)-(%d+)')
  return conversation .. ':' .. ('0'):rep(13 - #ms) .. ms .. '-' .. ('0'):rep(7 - #sequence) .. sequence
end

local function standing()
  local added, last = 0, '0-0'
  local info = redis.pcall('XINFO', 'STREAM', history)
  for i = 1, info.err and 0 or #info, 2 do
    if info[i] == 'entries-added' then added = info[i + 1] end
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
  return added, last
end

-- Of a history that somebody else wrote to (another version, or it was lost) the index covers what follows.
local added, last = standing()
if tonumber(redis.call('HGET', covers, 'added') or -1) ~= added
    or redis.call('ZCARD', index) > 2 * longest + SLACK then
  redis.call('UNLINK', index)
  redis.call('HSET', covers, 'after', last)
end

local ids, lines = {}, {}
local some_deleted = redis.call('EXISTS', deleted) == 1
local function is_late(body)
  local message = some_deleted and string.match(body, '"message":{"id":"([%x-]+)"')
  return message and redis.call('ZSCORE', deleted, message) and string.find(body, '"deleted_at":null', 1, true)
end
for i = 4, #ARGV, 2 do
  local conversation, body = ARGV[i], ARGV[i + 1]
  if not is_late(body) then
    local id = redis.call('XADD', history, '*', 'c', conversation, 'e', body)
    redis.call('ZADD', index, 0, member(conversation, id))
    ids[#ids + 1] = id
    lines[#lines + 1] = id .. ' ' .. (conversation == '' and '-' or conversation) .. ' ' .. body
  end
end
redis.call('HSET', covers, 'added', added + #ids)

-- The oldest leave in portions, and with them their places in the index.
local length = redis.call('XLEN', history)
if length > longest + SLACK then
  local leaving = math.min(length - longest, #ids + 2 * SLACK)
  for _, entry in ipairs(redis.call('XRANGE', history, '-', '+', 'COUNT', leaving)) do
    redis.call('ZREM', index, member(entry[2][2], entry[1]))
  end
  redis.call('XTRIM', history, 'MAXLEN', '=', length - leaving)
end
if #lines > 0 then redis.call('PUBLISH', ARGV[2], table.concat(lines, '\n')) end
return ids
