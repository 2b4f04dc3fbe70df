/// Why a generator made no ID.
public enum GeneratorError: Error, Hashable, Sendable {
  /// The clock reads this many milliseconds before the last timestamp used: 1 or more, and more
  /// than ``SnowflakeGenerator/clockToleranceMilliseconds``.
  case clockBehind(milliseconds: Int64)

  /// The clock reads earlier than the layout's epoch; both in milliseconds since 1970.
  case clockBeforeEpoch(unixMilliseconds: Int64, epochUnixMilliseconds: Int64)

  /// The clock reads later than the last time that the layout's timestamp can express; both in
  /// milliseconds since 1970.
  case clockPastMaximum(unixMilliseconds: Int64, lastUnixMilliseconds: Int64)

  /// All IDs of this timestamp are used up. The generator makes more from the time given on, in
  /// milliseconds since 1970.
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
    case .clockBeforeEpoch(let now, let epoch):
      "the clock reads \(UTCTime(unixMilliseconds: now)), before the epoch "
        + "\(UTCTime(unixMilliseconds: epoch))"
    case .clockPastMaximum(let now, let last):
      "the clock reads \(UTCTime(unixMilliseconds: now)), past the last timestamp "
        + "\(UTCTime(unixMilliseconds: last))"
    case .sequenceExhausted(let until):
      "all IDs of this timestamp are used up until \(UTCTime(unixMilliseconds: until))"
    case .limitReached(let limit):
      "the timestamps from \(UTCTime(unixMilliseconds: limit)) on are not reserved"
    }
  }
}
