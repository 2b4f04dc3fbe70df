package import Snowflake

/// A reading of both clocks at the same time.
package struct ClockReading: Equatable, Sendable {
  /// The wall clock, in milliseconds since 1970. It can be set and can step. IDs are made from it.
  package var unixMilliseconds: Int64
  /// 0…999 999.
  package var nanosecondOfMillisecond: Int
  /// The time since boot, including suspension: see ``BootClock``. The forward-jump detector
  /// compares the wall clock with it.
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
}

extension ClockReading {
  /// Reads the wall clock between two readings of the other clock, and repeats that until these two
  /// are close together.
  ///
  /// The kernel can preempt a process at any point. Between the readings of two clocks, a pause
  /// looks as if one clock had jumped.
  ///
  /// - Returns: the wall clock, and the other clock just before; `nil` if no attempt was fast
  ///   enough.
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

  /// Reads both clocks.
  package static func now() -> ClockReading {
    let monotonicNanoseconds = BootClock.nowNanoseconds()
    return ClockReading(
      wall: WallClock.now(), monotonicMilliseconds: Int64(monotonicNanoseconds / 1_000_000))
  }
}
