extension UTCTime {
  /// Parses a date and time of RFC 3339, such as `2026-01-29T13:19:34.499+01:00`, in milliseconds
  /// since 1970-01-01T00:00:00Z; negative before it. A date alone is its midnight in UTC.
  ///
  /// `T` and `Z` may be lowercase; the years are 0000 to 9999. Second 60 is allowed where a leap
  /// second can be, before midnight UTC at the end of a month, and counts as the start of the
  /// next second with any fraction, because Unix time has no leap seconds.
  ///
  /// Source: RFC 3339 §5.6, `date-time` and `full-date`.
  ///
  /// - Parameters:
  ///   - text: the whole text; no space is allowed.
  ///   - roundingUp: whether a time between two milliseconds is the later one.
  /// - Returns: `nil` if the text is neither, or if it is a day that the month does not have.
  public static func unixMilliseconds(
    rfc3339 text: String, roundingUp: Bool = false
  ) -> Int64? {
    var reader = RFC3339Reader(text: text.utf8[...])
    guard let midnight = reader.midnight() else { return nil }
    if reader.isAtEnd { return midnight }
    guard reader.skips("T", or: "t"), let time = reader.time(roundingUp: roundingUp),
      let offset = reader.offset(), reader.isAtEnd
    else { return nil }
    let result = midnight + time.milliseconds - offset
    return !time.isLeapSecond || isMonthStart(result) ? result : nil
  }

  /// Parses a time as users give it: RFC 3339, or milliseconds since 1970 in decimal digits. A
  /// number that is too great for `Int64` is its maximum, which no layout reaches.
  ///
  /// - Parameter roundingUp: see ``unixMilliseconds(rfc3339:roundingUp:)``.
  package static func unixMilliseconds(_ text: String, roundingUp: Bool = false) -> Int64? {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard !text.isEmpty, text.utf8.allSatisfy(digits.contains) else {
      return unixMilliseconds(rfc3339: text, roundingUp: roundingUp)
    }
    return Int64(text) ?? .max
  }

  private static func isMonthStart(_ unixMilliseconds: Int64) -> Bool {
    unixMilliseconds % 86_400_000 == 0 && UTCTime(unixMilliseconds: unixMilliseconds).day == 1
  }
}

/// Reads the parts of a `date-time`, one after the other.
private struct RFC3339Reader {
  /// What is left to read.
  var text: Substring.UTF8View

  var isAtEnd: Bool { text.isEmpty }

  /// `full-date`: the midnight with which the day begins, in milliseconds since 1970.
  mutating func midnight() -> Int64? {
    guard let year = number(digits: 4, upTo: 9999), skips("-"),
      let month = number(digits: 2, upTo: 12), skips("-"),
      let day = number(digits: 2, upTo: 31), month >= 1
    else { return nil }
    let midnight = UTCTime.daysSince1970(year: year, month: month, day: day) * 86_400_000
    // A day that the month does not have, 0 among them, is one of another month.
    return UTCTime(unixMilliseconds: midnight).month == month ? midnight : nil
  }

  /// `partial-time`, in milliseconds since midnight.
  mutating func time(roundingUp: Bool) -> (milliseconds: Int64, isLeapSecond: Bool)? {
    guard let hour = number(digits: 2, upTo: 23), skips(":"),
      let minute = number(digits: 2, upTo: 59), skips(":"),
      let second = number(digits: 2, upTo: 60), let fraction = fraction(roundingUp: roundingUp)
    else { return nil }
    let milliseconds = Int64((hour * 60 + minute) * 60 + second) * 1000
    return second == 60 ? (milliseconds, true) : (milliseconds + fraction, false)
  }

  /// `time-secfrac`, which may be left out, in milliseconds: 0…1000.
  private mutating func fraction(roundingUp: Bool) -> Int64? {
    guard skips(".") else { return 0 }
    let digits = text.prefix { Self.digits ~= $0 }
    guard !digits.isEmpty else { return nil }
    text = text[digits.endIndex...]
    var milliseconds: Int64 = 0
    var weight: Int64 = 100
    for digit in digits.prefix(3) {
      milliseconds += Int64(digit - Self.digits.lowerBound) * weight
      weight /= 10
    }
    let isBetween = digits.dropFirst(3).contains { $0 != Self.digits.lowerBound }
    return isBetween && roundingUp ? milliseconds + 1 : milliseconds
  }

  /// `time-offset`: how far this time is ahead of UTC, in milliseconds.
  mutating func offset() -> Int64? {
    if skips("Z", or: "z") { return 0 }
    let isBehind = skips("-")
    guard isBehind || skips("+"), let hours = number(digits: 2, upTo: 23), skips(":"),
      let minutes = number(digits: 2, upTo: 59)
    else { return nil }
    let milliseconds = Int64(hours * 60 + minutes) * 60_000
    return isBehind ? -milliseconds : milliseconds
  }

  /// Reads a number of exactly these many digits.
  private mutating func number(digits count: Int, upTo maximum: Int) -> Int? {
    let digits = text.prefix(count)
    guard digits.count == count, digits.allSatisfy({ Self.digits ~= $0 }) else { return nil }
    text = text[digits.endIndex...]
    let number = digits.reduce(0) { $0 * 10 + Int($1 - Self.digits.lowerBound) }
    return number <= maximum ? number : nil
  }

  /// Reads one of these characters, if it comes next.
  mutating func skips(_ character: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
    guard let next = text.first, [character, other].contains(Unicode.Scalar(next)) else {
      return false
    }
    text = text.dropFirst()
    return true
  }

  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
}
