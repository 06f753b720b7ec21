-- The events of one conversation after a place in the history, by the index.
-- KEYS: history stream, index, what the index covers, -, places taken out of the history. ARGV: conversation id, the id after which, the id up to which or
-- '+', how many at most.
-- Returns 'lost' where the history does not reach back, 'unindexed' where the index does not and the history must be
-- read, else 'found', the id of the last where there may be more or '', and id, audience or '', event JSON of each.
local history, index, covers = KEYS[1], KEYS[2], KEYS[3]
local conversation, since, newest, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local function padded(id)
  local ms, sequence = id:match('(%d+)-(%d+)')
  return ('0'):rep(13 - #ms) .. ms .. '-' .. ('0'):rep(7 - #sequence) .. sequence
end

local function plain(member)
  local ms, sequence = member:match('0*(%d+)-0*(%d+)$')
  return ms .. '-' .. sequence
end

local added, length = 0, 0
local info = redis.pcall('XINFO', 'STREAM', history)
for i = 1, info.err and 0 or #info, 2 do
  if info[i] == 'entries-added' then added = info[i + 1] end
  if info[i] == 'length' then length = info[i + 1] end
end
if #redis.call('XRANGE', history, since, since) == 0 and not (since == '0-0' and added == length) then
  -- Something was taken out: whether that place is good is not for the index to say.
  local gone = since == '0-0' and redis.call('ZCARD', KEYS[5]) > 0 or redis.call('ZSCORE', KEYS[5], since)
  return {gone and 'unindexed' or 'lost'}
end
local covered = redis.call('HMGET', covers, 'added', 'after')
if tonumber(covered[1] or 0) ~= added or padded(since) < padded(covered[2] or '0-0') then
  return {'unindexed'}
end

-- As many as are wanted: what was taken out of the history meanwhile does not count.
local from, upto = '(' .. conversation .. ':' .. padded(since), newest == '+' and '~' or padded(newest)
local answer, found = {'found', ''}, {}
repeat
  found = redis.call('ZRANGEBYLEX', index, from, '[' .. conversation .. ':' .. upto, 'LIMIT', 0, most)
  for _, each in ipairs(found) do
    local id = plain(each)
    local entry = redis.call('XRANGE', history, id, id)[1]
    if entry and #answer < 2 + 3 * most then
      answer[#answer + 1] = id
      answer[#answer + 1] = entry[2][6] or ''
      answer[#answer + 1] = entry[2][4]
    end
    from = '(' .. each
  end
until #found < most or #answer == 2 + 3 * most
if #answer == 2 + 3 * most then answer[2] = answer[#answer - 2] end
return answer
