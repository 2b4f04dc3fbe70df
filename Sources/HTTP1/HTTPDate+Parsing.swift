// Parsing of received dates: RFC 9110 §5.6.7.

extension HTTPDate {
  /// Parses an `IMF-fixdate`, in seconds since 1970-01-01T00:00:00Z. `nil` if the bytes in `range`
  /// are not one: the length differs, the month does not have that day, or the weekday is wrong.
  ///
  /// The two obsolete forms are `nil` as well: no sender may generate them, and one of them has a
  /// two-digit year, whose century only a clock could tell. Second 60 counts as the first second of
  /// the next minute.
  public static func unixSeconds(of bytes: Span<UInt8>, in range: Range<Int>) -> Int64? {
    guard range.count == 29 else { return nil }
    let start = range.lowerBound
    func number(_ offset: Int, _ count: Int) -> Int? {
      bytes.decimal(in: start + offset..<start + offset + count)
    }
    func has(_ text: StaticString, at offset: Int) -> Bool {
      bytes.hasBytes(text, in: start + offset..<start + offset + text.utf8CodeUnitCount)
    }
    guard has(", ", at: 3), has(" ", at: 7), has(" ", at: 11), has(" ", at: 16), has(":", at: 19),
      has(":", at: 22), has(" GMT", at: 25),
      let weekday = weekdays.firstIndex(where: { has($0, at: 0) }),
      let month = months.firstIndex(where: { has($0, at: 8) }),
      let day = number(5, 2), let year = number(12, 4), let hour = number(17, 2),
      let minute = number(20, 2), let second = number(23, 2),
      1...dayCount(month: month, year: year) ~= day, hour <= 23, minute <= 59, second <= 60
    else { return nil }
    let days = daysSince1970(year: year, month: month, day: day)
    // 1970-01-01 was a Thursday; year 0 is 719,528 days before it.
    guard (days + 719_530 * 7 + 4) % 7 == weekday else { return nil }
    return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  /// - Parameter month: 0…11.
  private static func dayCount(month: Int, year: Int) -> Int {
    switch month {
    case 1: isLeap(year) ? 29 : 28
    case 3, 5, 8, 10: 30
    default: 31
    }
  }

  /// Days since 1970-01-01, negative before it. Source: H. Hinnant, chrono-Compatible Low-Level
  /// Date Algorithms, `days_from_civil`; it counts years from March, so a leap day is the last of
  /// its year.
  ///
  /// - Parameters:
  ///   - year: 0…9999.
  ///   - month: 0…11.
  private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let isBeforeMarch = month < 2
    // Adding 400 years, which have 146,097 days, keeps the dividends from being negative.
    let year = year + 400 - (isBeforeMarch ? 1 : 0)
    let monthFromMarch = month + (isBeforeMarch ? 10 : -2)
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let daysBeforeYear = year * 365 + year / 4 - year / 100 + year / 400
    return daysBeforeYear + dayOfYear - 719_468 - 146_097
  }
}
