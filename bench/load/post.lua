-- wrk, one thread: send each request of a file once, as fast as the connections allow, then leave.
-- Arguments: the file (bench/load/webhooks.py write), how many requests. Prints one JSON object.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } bench_time;
  int clock_gettime(int clock, bench_time *now);
]]
local MONOTONIC = 1
local requests, count = {}, 0
local released, sent, answered, refused, refusal = 0, -1, 0, 0, 0
local began

local function now()
  local time = ffi.new("bench_time")
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  count = tonumber(args[2])
  for i = 1, count do
    requests[i] = file:read(tonumber(file:read("*l")))
  end
  file:close()
end

-- Asked before each request: once all are on their way, a connection that is free rests.
function delay()
  if released >= count then return 3600 * 1000 end
  released = released + 1
  return 0
end

-- wrk calls it once before it starts, to look at what it gets; that one is not sent.
function request()
  sent = sent + 1
  if sent == 1 then began = now() end
  return requests[math.min(math.max(sent, 1), count)]
end

function response(status)
  answered = answered + 1
  if status ~= 200 then refused, refusal = refused + 1, status end
  if answered < count then return end
  io.write(string.format('{"acked": %d, "refused": %d, "refusal": %d, "began": %.6f, "seconds": %.6f}\n',
    answered - refused, refused, refusal, began, now() - began))
  io.flush()
  os.exit(0)
end
