import Foundation
import Snowflake
import Testing

struct WallClockTests {
  @Test func readsTheSystemsClock() {
    let before = Date().timeIntervalSince1970 * 1000
    let now = WallClock.now()
    let after = Date().timeIntervalSince1970 * 1000
    #expect(before - 1...after + 1 ~= Double(now.unixMilliseconds))
    #expect(0...999_999 ~= now.nanosecondOfMillisecond)
  }

  @Test(arguments: [(0, 1_000_000), (1, 999_999), (999_999, 1)])
  func nanosecondsToNextMillisecond(_ nanosecond: Int, _ expected: Int) {
    let instant = WallClock.Instant(unixMilliseconds: 0, nanosecondOfMillisecond: nanosecond)
    #expect(instant.nanosecondsToNextMillisecond == expected)
  }
}
