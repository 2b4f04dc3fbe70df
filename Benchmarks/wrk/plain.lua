-- One request after the other.
require "report"
