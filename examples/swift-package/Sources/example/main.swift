import Snowflake

var generator = try SnowflakeGenerator(machineID: 1)
let id = try generator.next()
print(id, id.time, id.machineID, id.sequence)
