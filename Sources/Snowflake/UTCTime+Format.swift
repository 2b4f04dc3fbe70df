// The formats of dates: patterns of strftime(3), and `%L` for the milliseconds.

extension UTCTime: CustomStringConvertible {
  /// RFC 3339 with milliseconds, such as `2026-01-29T12:19:34.499Z`.
  public var description: String { formatted("%Y-%m-%dT%H:%M:%S.%LZ") }
}

extension UTCTime {
  /// The pattern of `Date` in HTTP, such as `Thu, 29 Jan 2026 12:19:34 GMT`: `IMF-fixdate` of
  /// RFC 9110 §5.6.7.
  package static let httpDate = "%a, %d %b %Y %H:%M:%S GMT"

  /// Writes the fields that the pattern names: `%Y`, `%m`, `%d`, `%H`, `%M` and `%S` in digits, and
  /// `%a` and `%b`, the weekday and the month, in three letters.
  package func formatted(_ pattern: String) -> String {
    var text = ""
    var isField = false
    for character in pattern {
      switch (isField, character) {
      case (true, _): text += field(character)
      case (false, "%"): break
      case (false, _): text.append(character)
      }
      isField = !isField && character == "%"
    }
    return text
  }

  private func field(_ name: Character) -> String {
    switch name {
    case "Y": year.padded(to: 4)
    case "m": month.padded(to: 2)
    case "d": day.padded(to: 2)
    case "H": hour.padded(to: 2)
    case "M": minute.padded(to: 2)
    case "S": second.padded(to: 2)
    case "L": millisecond.padded(to: 3)
    case "a": Self.weekdays[weekday]
    case "b": Self.months[month - 1]
    default: "%\(name)"
    }
  }

  /// Parses an ``httpDate``, in seconds since 1970-01-01T00:00:00Z. `nil` if the text is not one:
  /// the length differs, the month does not have that day, or the weekday is wrong.
  ///
  /// The two obsolete forms are `nil` as well: no sender may generate them, and one of them has a
  /// two-digit year, whose century only a clock could tell. Second 60 counts as the first second of
  /// the next minute.
  package static func unixSeconds(httpDate text: String) -> Int64? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])),
      let day = number(parts[1], count: 2), let year = number(parts[3], count: 4)
    else { return nil }
    let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0], count: 2), hour <= 23,
      let minute = number(clock[1], count: 2), minute <= 59,
      let second = number(clock[2], count: 2), second <= 60
    else { return nil }
    let days = daysSince1970(year: year, month: month + 1, day: day)
    let time = UTCTime(unixMilliseconds: days * 86_400_000)
    // So it is that day, and neither the 31st of November nor another weekday.
    guard time.formatted("%a, %d %b %Y") == parts[..<4].joined(separator: " "), parts[5] == "GMT"
    else { return nil }
    return days * 86_400 + Int64((hour * 60 + minute) * 60 + second)
  }

  private static func number(_ digits: Substring, count: Int) -> Int? {
    guard digits.utf8.count == count, digits.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
    return Int(digits)
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

extension Int {
  fileprivate func padded(to width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
  }
}
