package import Snowflake

/// One look at both clocks.
package struct ClockReading: Equatable, Sendable {
  /// Civil time in milliseconds since 1970, which can be set and can step. IDs are made of it.
  package var unixMilliseconds: Int64
  /// 0…999 999.
  package var nanosecondOfMillisecond: Int
  /// Time since boot, suspended time included: see ``BootClock``. The wall clock is judged by it.
  package var monotonicMilliseconds: Int64

  package init(
    unixMilliseconds: Int64, nanosecondOfMillisecond: Int = 0, monotonicMilliseconds: Int64 = 0
  ) {
    self.unixMilliseconds = unixMilliseconds
    self.nanosecondOfMillisecond = nanosecondOfMillisecond
    self.monotonicMilliseconds = monotonicMilliseconds
  }

  package init(wall: WallClock.Instant, monotonicMilliseconds: Int64) {
    self.init(
      unixMilliseconds: wall.unixMilliseconds,
      nanosecondOfMillisecond: wall.nanosecondOfMillisecond,
      monotonicMilliseconds: monotonicMilliseconds)
  }

  /// 1…1 000 000.
  package var nanosecondsToNextMillisecond: Int { 1_000_000 - nanosecondOfMillisecond }

  /// In milliseconds since the epoch of the format; negative before it.
  package var timestamp: Int64 { unixMilliseconds - SnowflakeID.epochUnixMilliseconds }
}

extension ClockReading {
  /// Reads the wall clock between two looks at the other, until these are close to each other.
  ///
  /// A process can be stopped at any point, and on a busy machine has to wait for a core: between
  /// the readings of two clocks, that looks as if one had jumped.
  ///
  /// - Returns: the wall clock, and the other just before; `nil` if they cannot be had close by.
  package static func together(
    wall: () -> WallClock.Instant, monotonicNanoseconds: () -> UInt64
  ) -> (wall: WallClock.Instant, monotonicNanoseconds: UInt64)? {
    for _ in 0..<5 {
      let before = monotonicNanoseconds()
      let wall = wall()
      if monotonicNanoseconds() - before < 1_000_000 { return (wall, before) }
    }
    return nil
  }

  /// Both clocks as they are now.
  package static func now() -> ClockReading {
    let monotonicNanoseconds = BootClock.nowNanoseconds()
    return ClockReading(
      wall: WallClock.now(), monotonicMilliseconds: Int64(monotonicNanoseconds / 1_000_000))
  }
}
