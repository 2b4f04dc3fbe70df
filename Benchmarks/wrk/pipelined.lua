-- Sixteen requests at once, then sixteen answers.
require "report"

function init(arguments)
  local batch = string.rep(wrk.format(), 16)
  request = function() return batch end
end
