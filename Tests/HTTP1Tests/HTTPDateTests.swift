import Foundation
import HTTP1
import TestSupport
import Testing

struct HTTPDateTests {
  /// RFC 9110 §5.6.7, its example first.
  @Test func examples() {
    let date = HTTPDate(
      weekday: 0, day: 6, month: 11, year: 1994, hour: 8, minute: 49, second: 37)
    #expect(text(date) == "Sun, 06 Nov 1994 08:49:37 GMT")
    let last = HTTPDate(
      weekday: 5, day: 31, month: 12, year: 9999, hour: 23, minute: 59, second: 60)
    #expect(text(last) == "Fri, 31 Dec 9999 23:59:60 GMT")
    let first = HTTPDate(weekday: 6, day: 1, month: 1, year: 0, hour: 0, minute: 0, second: 0)
    #expect(text(first) == "Sat, 01 Jan 0000 00:00:00 GMT")
  }

  /// Every weekday and month, against Foundation.
  @Test func agreesWithFoundation() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    let formatter = DateFormatter()
    formatter.calendar = calendar
    formatter.timeZone = calendar.timeZone
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    var random = SplitMix64(seed: 4)
    for _ in 0..<2000 {
      let second = TimeInterval(Int.random(in: 0...253_402_300_799, using: &random))
      let date = Date(timeIntervalSince1970: second)
      let parts = calendar.dateComponents(
        [.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
      let httpDate = HTTPDate(
        weekday: try #require(parts.weekday) - 1, day: try #require(parts.day),
        month: try #require(parts.month), year: try #require(parts.year),
        hour: try #require(parts.hour), minute: try #require(parts.minute),
        second: try #require(parts.second))
      #expect(text(httpDate) == formatter.string(from: date))
      #expect(unixSeconds(text(httpDate)) == Int64(second))
    }
  }

  // MARK: - Reading

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
    ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
    ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
    ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
    ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    // A leap second is the first of the next minute, as the clock counts.
    ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
  ])
  func reads(_ text: String, _ seconds: Int64) {
    #expect(unixSeconds(text) == seconds)
  }

  @Test(arguments: [
    "", "Sun", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun. 06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08.49.37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT", "Thu, 31 Nov 1994 08:49:37 GMT",
    "Wed, 29 Feb 1995 08:49:37 GMT", "Thu, 29 Feb 1900 00:00:00 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 -8:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37GMT ", "Sun, 06 Nov 1994\t08:49:37 GMT",
    // RFC 850 and asctime(3), obsolete.
    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func readsNothingElse(_ text: String) {
    #expect(unixSeconds(text) == nil)
  }

  private func unixSeconds(_ text: String) -> Int64? {
    Array("..\(text)..".utf8).reading { HTTPDate.unixSeconds(of: $0, in: 2..<$0.count - 2) }
  }

  private func text(_ date: HTTPDate) -> String { written { $0.append(date.bytes.span) } }
}
