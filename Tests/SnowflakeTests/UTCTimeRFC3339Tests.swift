import Snowflake
import TestSupport
import Testing

struct UTCTimeRFC3339Tests {
  @Test(arguments: [
    ("2026-01-29T12:19:34.499Z", 1_769_689_174_499),
    ("2026-01-29t12:19:34.499z", 1_769_689_174_499),
    ("2026-01-29T12:19:34Z", 1_769_689_174_000),
    ("2026-01-29", 1_769_644_800_000),
    ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0),
    ("1969-12-31T23:59:59.999Z", -1),
    // The examples of RFC 3339 §5.8.
    ("1985-04-12T23:20:50.52Z", 482_196_050_520),
    ("1996-12-19T16:39:57-08:00", 851_042_397_000),
    ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130),
    // Offsets: -00:00 says that the local one is not known.
    ("2026-01-29T13:19:34.499+01:00", 1_769_689_174_499),
    ("2026-01-29T12:19:34.499-00:00", 1_769_689_174_499),
    ("2026-01-30T12:18:34.499+23:59", 1_769_689_174_499),
    ("2026-01-28T12:20:34.499-23:59", 1_769_689_174_499),
    // The first and the last year, and what an offset makes of them.
    ("0000-01-01", -62_167_219_200_000), ("0000-02-29", -62_162_121_600_000),
    ("0000-01-01T00:00:00+23:59", -62_167_305_540_000),
    ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ("9999-12-31T23:59:59.999-23:59", 253_402_387_139_999),
    // Leap years.
    ("2024-02-29", 1_709_164_800_000), ("2000-02-29", 951_782_400_000),
    // A leap second is the start of the next second.
    ("2016-12-31T23:59:60Z", 1_483_228_800_000),
    ("2016-12-31T23:59:60.999999Z", 1_483_228_800_000),
    ("1990-12-31T15:59:60-08:00", 662_688_000_000),
    ("1973-03-01T00:59:60+01:00", 99_792_000_000),
  ])
  func reads(_ text: String, _ milliseconds: Int64) {
    #expect(UTCTime.unixMilliseconds(rfc3339: text) == milliseconds)
  }

  /// The fraction, the milliseconds that it is, and those when it is rounded up.
  @Test(arguments: [
    ("", 0, 0), (".0", 0, 0), (".000000000000000000000000000000", 0, 0), (".5", 500, 500),
    (".05", 50, 50), (".49", 490, 490), (".499", 499, 499), (".4990", 499, 499),
    (".4991", 499, 500), (".4999999999999999999999999999", 499, 500),
    (".0000000000000000000000000001", 0, 1), (".9990000000001", 999, 1000),
    (".123456789012345678901234567890", 123, 124),
  ])
  func roundsFractions(_ fraction: String, _ down: Int64, _ up: Int64) {
    for (second, start) in [
      ("2026-01-29T12:19:34", Int64(1_769_689_174_000)), ("1969-12-31T23:59:59", -1000),
    ] {
      let text = second + fraction + "Z"
      #expect(UTCTime.unixMilliseconds(rfc3339: text) == start + down)
      #expect(UTCTime.unixMilliseconds(rfc3339: text, roundingUp: true) == start + up)
    }
  }

  @Test(arguments: [
    "", "2026", "2026-01", "1769689174499", "2026-01-29T", "2026-01-29T12:19Z",
    "2026-01-29T12:19:34", "2026-01-29T12:19:34.Z", "2026-01-29T12:19:34,499Z",
    "2026-01-29T12:19:34.4 9Z", "2026-01-29T12:19:34.499ZZ", "2026-01-29T12:19:34.499Z ",
    " 2026-01-29T12:19:34.499Z", "2026-01-29 12:19:34.499Z", "2026-01-29_12:19:34.499Z",
    "2026-01-29T12:19:34.499 01:00", "2026-01-29T12:19:34.499+0100", "2026-01-29T12:19:34.499+01",
    "2026-01-29T12:19:34.499+1:00", "2026-01-29T12:19:34.499+01:0", "2026-01-29T12:19:34.499+",
    "2026-01-29T12:19:34.499+24:00", "2026-01-29T12:19:34.499+01:60",
    "2026-01-29T12:19:34.499−01:00", "20260129T121934Z", "2026-01-29Z", "2026-1-29", "2026-01-9",
    "26-01-29", "12026-01-29", "-026-01-29", "+2026-01-29", "2026-+1-29", "2026-W05-4",
    "2026-029", "2026-01-29T24:00:00Z", "2026-01-29T23:60:00Z", "2026-01-29T23:59:61Z",
    "2026-01-29T-1:00:00Z", "２０２６-01-29", "2026-01-29T12:19:34\u{0}", "2026-01-29\n",
    // Months and days that there are not.
    "2026-00-10", "2026-13-01", "2026-01-00", "2026-01-32", "2026-02-29", "2026-02-30",
    "2026-04-31", "1900-02-29", "2100-02-29", "2026-02-30T00:00:00Z", "9999-12-32",
    // No leap second can be there.
    "2026-01-29T12:19:60Z", "2026-01-29T23:59:60Z", "2016-12-31T23:59:60+01:00",
    "2016-12-31T23:58:60Z", "2016-12-31T23:59:61Z",
  ])
  func readsNothingElse(_ text: String) {
    #expect(UTCTime.unixMilliseconds(rfc3339: text) == nil)
    #expect(UTCTime.unixMilliseconds(rfc3339: text, roundingUp: true) == nil)
  }

  /// Every day of the years in which the rules for leap years differ, and no other one.
  @Test func readsEveryDay() {
    var expected: Int64 = -62_167_219_200_000
    for year in 0...9999 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      guard year % 100 < 5 || year % 100 > 98 else {
        expected += (isLeap ? 366 : 365) * 86_400_000
        continue
      }
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      for (month, length) in lengths.enumerated() {
        for day in [0, 1, 2, 28, 29, 30, 31, 32] {
          let text = "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(day, 2))"
          let milliseconds = expected + Int64(day - 1) * 86_400_000
          #expect(
            UTCTime.unixMilliseconds(rfc3339: text) == (1...length ~= day ? milliseconds : nil))
        }
        expected += Int64(length) * 86_400_000
      }
    }
    #expect(expected == 253_402_300_800_000)
  }

  /// Random times, as they are written here.
  @Test func readsWhatIsWritten() {
    var random = SplitMix64(seed: 16)
    for _ in 0..<5000 {
      let time = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random)
      let text = UTCTime(unixMilliseconds: time).description
      #expect(UTCTime.unixMilliseconds(rfc3339: text) == time)
    }
  }

  private func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
