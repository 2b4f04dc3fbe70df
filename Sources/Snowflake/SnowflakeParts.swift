/// The parts of an ID, by a ``SnowflakeLayout``.
public struct SnowflakeParts: Hashable, Sendable {
  /// The time at which the ID was made, in the layout's units since its epoch.
  public let timestamp: Int64
  /// The machine that made the ID.
  public let machineID: Int
  /// The ID's number among those that its machine made in the same unit of time.
  public let sequence: Int
  /// The first millisecond of the timestamp, in milliseconds since 1970-01-01T00:00:00Z.
  public let unixMilliseconds: Int64

  /// The first millisecond of the timestamp, as a date and time in UTC.
  public var time: UTCTime { UTCTime(unixMilliseconds: unixMilliseconds) }
}
