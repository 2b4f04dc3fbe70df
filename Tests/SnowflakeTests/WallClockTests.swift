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
}
