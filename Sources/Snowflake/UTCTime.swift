/// A date and time of day in UTC, in the proleptic Gregorian calendar.
///
/// With it, neither the library nor the server needs Foundation to format a time.
public struct UTCTime: Hashable, Sendable {
  /// The astronomical year: 0 is the year before 1.
  public let year: Int
  /// 1…12.
  public let month: Int
  /// 1…31.
  public let day: Int
  /// 0…6, from Sunday.
  public let weekday: Int
  /// 0…23.
  public let hour: Int
  /// 0…59.
  public let minute: Int
  /// 0…59: Unix time has no leap seconds.
  public let second: Int
  /// 0…999.
  public let millisecond: Int

  /// The last millisecond of the year 9999, the last year that RFC 3339 can express.
  static let greatestUnixMilliseconds: Int64 = 253_402_300_799_999

  /// - Parameter unixMilliseconds: milliseconds since 1970-01-01T00:00:00Z; negative before it.
  public init(unixMilliseconds: Int64) {
    let (days, millisecondOfDay) = unixMilliseconds.flooredDivision(by: 86_400_000)
    (year, month, day) = Self.civilDate(daysSince1970: days)
    weekday = Int((days + 4).flooredDivision(by: 7).remainder)  // 1970-01-01 was a Thursday.
    hour = Int(millisecondOfDay / 3_600_000)
    minute = Int(millisecondOfDay / 60_000 % 60)
    second = Int(millisecondOfDay / 1000 % 60)
    millisecond = Int(millisecondOfDay % 1000)
  }

  /// Converts days to year, month and day. It counts eras of 400 years that begin on the first of
  /// March.
  ///
  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  private static func civilDate(daysSince1970: Int64) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (daysSince1970 + 719_468).flooredDivision(by: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (Int(year), Int(month), Int(day))
  }

  /// The inverse of ``civilDate(daysSince1970:)``, for the years from 0 on. A day that the month
  /// does not have counts on into the next month.
  ///
  /// Source: the same, `days_from_civil`.
  static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
    // Adding an era keeps the dividends from being negative.
    let year = year + 400 - (month <= 2 ? 1 : 0)
    let monthFromMarch = month + (month > 2 ? -3 : 9)
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let daysBeforeYear = year * 365 + year / 4 - year / 100 + year / 400
    return Int64(daysBeforeYear + dayOfYear - 146_097 - 719_468)
  }
}

extension Int64 {
  /// The quotient rounded down, and the remainder, which is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
