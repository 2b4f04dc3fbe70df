import Testing

@testable import Reservations
@testable import Snowflake

struct ClockReadingTests {
  private static let start: Int64 = 1_769_689_174_499

  /// The process is stopped for two minutes just before it reads a clock.
  @Test(arguments: 0..<4)
  func stopIsNoJump(before stoppedReading: Int) throws {
    var (nanoseconds, readings) = (UInt64(7_000_000), 0)
    func read() -> UInt64 {
      nanoseconds += readings == stoppedReading ? 120_000_000_000 : 50
      readings += 1
      return nanoseconds
    }
    let found = try #require(
      ClockReading.together(
        wall: { .init(unixNanoseconds: Self.start * 1_000_000 + Int64(read())) },
        monotonicNanoseconds: read))
    let difference = found.wall.unixNanoseconds - Int64(found.monotonicNanoseconds)
    #expect(difference == Self.start * 1_000_000 + 50)
    // An attempt is repeated if the process was stopped within it.
    #expect(readings == ((1...2).contains(stoppedReading) ? 6 : 3))
  }

  /// The attempts end even if every reading takes too long.
  @Test func clocksThatCannotBeReadTogether() {
    var (nanoseconds, readings) = (UInt64(0), 0)
    let found = ClockReading.together(
      wall: {
        readings += 1
        return .init(unixNanoseconds: Self.start * 1_000_000)
      },
      monotonicNanoseconds: {
        nanoseconds += 1_000_000
        return nanoseconds
      })
    #expect(found == nil)
    #expect(readings == 5)
  }
}

extension WallClock.Instant {
  fileprivate init(unixNanoseconds: Int64) {
    self.init(
      unixMilliseconds: unixNanoseconds / 1_000_000,
      nanosecondOfMillisecond: Int(unixNanoseconds % 1_000_000))
  }
}
