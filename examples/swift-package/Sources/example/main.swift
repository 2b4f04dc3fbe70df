import Snowflake

var generator = try SnowflakeGenerator(machineID: 1)
let id = try generator.next()
if let parts = generator.layout.parts(of: id) {
  print(id, parts.time, parts.machineID, parts.sequence)
}

// A layout whose IDs JavaScript reads exactly.
var small = try SnowflakeGenerator(machineID: 1, layout: .javascript)
try print(small.next(), "below 2^53, until", small.layout.lastTime)
