import Foundation
import Snowflake
import TestSupport
import Testing

struct UTCTimeTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (-86_400_000, "1969-12-31T00:00:00.000Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (951_868_799_999, "2000-02-29T23:59:59.999Z"),
    (1_704_067_199_999, "2023-12-31T23:59:59.999Z"),
    (1_704_067_200_000, "2024-01-01T00:00:00.000Z"),
    (1_769_689_174_499, "2026-01-29T12:19:34.499Z"),
    (3_903_090_455_551, "2093-09-06T15:47:35.551Z"),
    (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
    (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
  ])
  func description(_ unixMilliseconds: Int64, _ expected: String) {
    #expect(UTCTime(unixMilliseconds: unixMilliseconds).description == expected)
  }

  /// 1583 is the first whole year of the Gregorian calendar, and so of Foundation's.
  @Test func agreesWithFoundation() throws {
    let calendar = try gregorianUTC()
    let (first, last): (Int64, Int64) = (-12_212_553_600_000, 253_402_300_799_999)
    var random = SplitMix64(seed: 2)
    let instants =
      [first, last] + (0..<20_000).map { _ in Int64.random(in: first...last, using: &random) }
    for instant in instants { expectSameAsFoundation(instant, calendar) }
  }

  /// The last millisecond of each month and the first of the next, over eight centuries.
  @Test func agreesWithFoundationWhereMonthsMeet() throws {
    let calendar = try gregorianUTC()
    for year in 1600...2400 {
      for month in 1...12 {
        let components = DateComponents(year: year, month: month, day: 1)
        let date = try #require(calendar.date(from: components))
        let start = Int64(date.timeIntervalSince1970) * 1000
        expectSameAsFoundation(start - 1, calendar)
        expectSameAsFoundation(start, calendar)
      }
    }
  }

  /// Whatever a broken clock says has a description: error messages show it.
  @Test(arguments: [Int64.min, Int64.min + 1, Int64.max])
  func extremes(_ unixMilliseconds: Int64) {
    let time = UTCTime(unixMilliseconds: unixMilliseconds)
    #expect(1...12 ~= time.month)
    #expect(1...31 ~= time.day)
    #expect(0...6 ~= time.weekday)
    #expect(0...23 ~= time.hour)
    #expect(0...59 ~= time.minute)
    #expect(0...59 ~= time.second)
    #expect(0...999 ~= time.millisecond)
    #expect(time.year == (unixMilliseconds < 0 ? -292_275_055 : 292_278_994))
  }

  private func gregorianUTC() throws -> Calendar {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    return calendar
  }

  private func expectSameAsFoundation(_ unixMilliseconds: Int64, _ calendar: Calendar) {
    // A whole number of seconds, which a `Date` holds exactly.
    let second = (Double(unixMilliseconds) / 1000).rounded(.down)
    let expected = calendar.dateComponents(
      [.year, .month, .day, .weekday, .hour, .minute, .second],
      from: Date(timeIntervalSince1970: second))
    let time = UTCTime(unixMilliseconds: unixMilliseconds)
    let actual = DateComponents(
      year: time.year, month: time.month, day: time.day, hour: time.hour, minute: time.minute,
      second: time.second, weekday: time.weekday + 1)
    guard actual == expected, Int64(second) * 1000 + Int64(time.millisecond) == unixMilliseconds
    else {
      Issue.record("\(unixMilliseconds) ms is \(time), Foundation says \(expected)")
      return
    }
  }
}
