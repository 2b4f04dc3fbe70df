package import Snowflake

/// The epoch of the default layout, in milliseconds since 1970.
package let epoch = SnowflakeLayout.default.epochUnixMilliseconds

/// The parts by the default layout.
extension SnowflakeID {
  package var parts: SnowflakeParts { SnowflakeLayout.default.parts(ofOwn: self) }
  package var timestamp: Int64 { parts.timestamp }
  package var machineID: Int { parts.machineID }
  package var sequence: Int { parts.sequence }
  package var unixMilliseconds: Int64 { parts.unixMilliseconds }
  package var time: UTCTime { parts.time }
}
