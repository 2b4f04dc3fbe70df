/// The parts of an ID, by a ``SnowflakeLayout``.
public struct SnowflakeParts: Hashable, Sendable {
  /// The time at which the ID was made, in the layout's units since its epoch: 0 to
  /// ``SnowflakeLayout/maximumTimestamp``.
  public let timestamp: Int64
  /// The machine that made the ID, 0 to ``SnowflakeLayout/maximumMachineID``.
  public let machineID: Int
  /// The number that tells apart the IDs that its machine made in the same unit of time, 0 to
  /// ``SnowflakeLayout/maximumSequence``.
  public let sequence: Int
  /// The first millisecond of the timestamp, in milliseconds since 1970-01-01T00:00:00Z.
  public let unixMilliseconds: Int64

  /// The first millisecond of the timestamp, as a date and time in UTC.
  public var time: UTCTime { UTCTime(unixMilliseconds: unixMilliseconds) }
}
