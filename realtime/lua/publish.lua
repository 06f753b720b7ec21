-- Append events of the log to the capped history and its index by conversation, and publish them, in one order for all.
-- KEYS: history stream, index, what the index covers, deleted messages, places taken out. ARGV: longest history,
-- channel, control channel, where the log begins, the position that the first event follows, the position at which the
-- history must stand to begin anew or -1, then of each event "<id> <conversation id or ->[|<audience>]" and its JSON.
-- Where the history ends before that position nothing is done, for it would have a gap; what it holds already is passed
-- over. So whoever publishes may come twice, or late. Returns the position at which the history stands then.
-- Publishes one payload for all: a line for each, with a blank between the two. What an event of a deleted message said
-- before it was deleted is neither kept nor told: such an event was made before and comes late.
local SLACK = 128
local history, index, covers, deleted, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local longest, begins = tonumber(ARGV[1]), tonumber(ARGV[4])
local follows, anew = tonumber(ARGV[5]), tonumber(ARGV[6])

-- The index sorts by its members alone: "<conversation>:<position>-<sequence>", both parts of the id padded.
local function member(conversation, id)
  local position, sequence = id:match('(%d+)-(%d+)')
  return conversation .. ':' .. ('0'):rep(13 - #position) .. position .. '-' .. ('0'):rep(7 - #sequence) .. sequence
end

local function standing()
  local added, last = 0, '0-0'
  local info = redis.pcall('XINFO', 'STREAM', history)
  for i = 1, info.err and 0 or #info, 2 do
    if info[i] == 'entries-added' then added = info[i + 1] end
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
  local stands = tonumber(last:match('%d+'))
  -- A history of the version before, whose ids were times: the log goes on from there.
  if stands > 0 and stands < begins then stands = begins - 1 end
  return added, last, stands
end

local added, last, stands = standing()
if anew == stands then
  -- Whoever listens is told from where on: they may know less. An entry that is gone at once stands for all that is
  -- missing before the first; before the log's own first nothing is.
  redis.call('UNLINK', history)
  local place = string.format('%.0f', follows)
  if follows >= begins then
    redis.call('XDEL', history, redis.call('XADD', history, place .. '-0', 'c', '', 'e', ''))
  end
  redis.call('PUBLISH', ARGV[3], '{"type":"history_anew","after":' .. place .. '}')
  added, last, stands = standing()
  stands = math.max(stands, follows)
end
if stands < follows then return stands end

-- Of a history that somebody else wrote to (another version, or it was lost) the index covers what follows.
if tonumber(redis.call('HGET', covers, 'added') or -1) ~= added
    or redis.call('ZCARD', index) > 2 * longest + SLACK then
  redis.call('UNLINK', index)
  redis.call('HSET', covers, 'after', last)
end

local lines, count = {}, 0
local some_deleted = redis.call('EXISTS', deleted) == 1
local function is_late(body)
  local message = some_deleted and string.match(body, '"message":{"id":"([%x-]+)"')
  return message and redis.call('ZSCORE', deleted, message) and string.find(body, '"deleted_at":null', 1, true)
end
local position = stands
for i = 7, #ARGV, 2 do
  local body = ARGV[i + 1]
  local id, conversation, audience = ARGV[i]:match('^(%S+) ([^|]+)|?(.*)$')
  position = tonumber(id:match('%d+'))
  if position > stands then
    if is_late(body) then
      redis.call('XDEL', history, redis.call('XADD', history, id, 'c', '', 'e', ''))
      redis.call('ZADD', gone, position, id)
    else
      if conversation == '-' then conversation = '' end
      if audience == '' then
        redis.call('XADD', history, id, 'c', conversation, 'e', body)
      else
        redis.call('XADD', history, id, 'c', conversation, 'e', body, 'a', audience)
      end
      redis.call('ZADD', index, 0, member(conversation, id))
      lines[#lines + 1] = ARGV[i] .. ' ' .. body
    end
    count = count + 1
  end
end
redis.call('HSET', covers, 'added', added + count)

-- The oldest leave in portions, and with them their places in the index.
local length = redis.call('XLEN', history)
if length > longest + SLACK then
  local leaving = math.min(length - longest, count + 2 * SLACK)
  for _, entry in ipairs(redis.call('XRANGE', history, '-', '+', 'COUNT', leaving)) do
    redis.call('ZREM', index, member(entry[2][2], entry[1]))
  end
  redis.call('XTRIM', history, 'MAXLEN', '=', length - leaving)
end
if #lines > 0 then redis.call('PUBLISH', ARGV[2], table.concat(lines, '\n')) end
return math.max(stands, position)
