/// Why a generator made no ID.
public enum GeneratorError: Error, Hashable, Sendable {
  /// The clock reads this many milliseconds before the last timestamp used: 1 or more, and more
  /// than ``SnowflakeGenerator/clockToleranceMilliseconds``.
  case clockBehind(milliseconds: Int64)

  /// The clock, in milliseconds since 1970, reads earlier than 2024-01-01T00:00:00Z.
  case clockBeforeEpoch(unixMilliseconds: Int64)

  /// The clock, in milliseconds since 1970, reads later than 2093-09-06T15:47:35.551Z, the last
  /// millisecond that 41 bits can count.
  case clockPastMaximum(unixMilliseconds: Int64)

  /// All 4096 IDs of this millisecond are used up. The generator makes more from the time given on,
  /// in milliseconds since 1970.
  case sequenceExhausted(untilUnixMilliseconds: Int64)

  /// The clock has reached the high-water mark given, in milliseconds since 1970. The generator
  /// makes no ID from there on until ``SnowflakeGenerator/extend(to:)`` raises it.
  case limitReached(unixMilliseconds: Int64)
}

extension GeneratorError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .clockBehind(let milliseconds):
      "the clock is \(milliseconds) ms behind the last timestamp used"
    case .clockBeforeEpoch(let now):
      "the clock reads \(UTCTime(unixMilliseconds: now)), before the epoch "
        + "\(UTCTime(unixMilliseconds: SnowflakeID.epochUnixMilliseconds))"
    case .clockPastMaximum(let now):
      "the clock reads \(UTCTime(unixMilliseconds: now)), past the last timestamp "
        + "\(UTCTime(unixMilliseconds: SnowflakeID.lastUnixMilliseconds))"
    case .sequenceExhausted(let until):
      "the \(SnowflakeID.maximumSequence + 1) IDs of this millisecond are used up until "
        + "\(UTCTime(unixMilliseconds: until))"
    case .limitReached(let limit):
      "the timestamps from \(UTCTime(unixMilliseconds: limit)) on are not reserved"
    }
  }
}

/// A machine ID outside 0…1023.
public struct MachineIDError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number that is out of range.
  public let machineID: Int

  public var description: String {
    "machine ID \(machineID) is out of range: 0 to \(SnowflakeID.maximumMachineID) is allowed"
  }
}
