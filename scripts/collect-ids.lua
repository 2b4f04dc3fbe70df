-- Writes the first COUNT answers to FILE, one per line. FILE appears once it is complete:
--   wrk -t 1 -c 16 -d 60s -s scripts/collect-ids.lua http://127.0.0.1:8081/id -- FILE COUNT
local path, file, left

function init(arguments)
  path = arguments[1]
  left = tonumber(arguments[2])
  file = assert(io.open(path .. ".part", "w"))
end

function response(_, _, body)
  if left == 0 then return end
  file:write(body, "\n")
  left = left - 1
  if left == 0 then
    file:close()
    os.rename(path .. ".part", path)
  end
end
