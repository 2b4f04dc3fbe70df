-- Sixteen requests at once as pipelined.lua does, no two of them alike: each carries fields as a
-- client behind a proxy sends them, with a number of its own.
require "report"

function init(arguments)
  local batches, number = {}, 0
  for batch = 1, 64 do
    local requests = {}
    for index = 1, 16 do
      number = number + 1
      requests[index] = wrk.format(nil, nil, {
        ["Host"] = wrk.headers["Host"],
        ["X-Request-ID"] = string.format("%08d", number),
        ["User-Agent"] = "client/1.0",
      })
    end
    batches[batch] = table.concat(requests)
  end
  local turn = 0
  request = function()
    turn = turn % 64 + 1
    return batches[turn]
  end
end
