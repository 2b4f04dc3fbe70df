import Foundation
import Snowflake
import TestSupport
import Testing

struct UTCTimeFormatTests {
  @Test(arguments: [
    ("", ""), ("%", ""), ("%%", "%%"), ("%x", "%x"), ("a%Yb", "a2026b"),
    ("%Y-%m-%d", "2026-01-29"), ("%H:%M:%S.%L", "12:19:34.009"), ("%a %b", "Thu Jan"),
    (UTCTime.httpDate, "Thu, 29 Jan 2026 12:19:34 GMT"),
  ])
  func pattern(_ pattern: String, _ expected: String) {
    #expect(UTCTime(unixMilliseconds: 1_769_689_174_009).formatted(pattern) == expected)
  }

  /// Every weekday and month, against Foundation, and back.
  @Test func httpDateAgreesWithFoundation() {
    let formatter = DateFormatter()
    formatter.calendar = Calendar(identifier: .gregorian)
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    var random = SplitMix64(seed: 4)
    for _ in 0..<2000 {
      let second = Int64.random(in: 0...253_402_300_799, using: &random)
      let text = UTCTime(unixMilliseconds: second * 1000).formatted(UTCTime.httpDate)
      #expect(text == formatter.string(from: Date(timeIntervalSince1970: TimeInterval(second))))
      #expect(UTCTime.unixSeconds(httpDate: text) == second)
    }
  }

  // MARK: - Parsing

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
    #expect(UTCTime.unixSeconds(httpDate: text) == seconds)
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
    #expect(UTCTime.unixSeconds(httpDate: text) == nil)
  }
}
