import Glibc

/// The system's wall clock, which can be set and can step.
package enum WallClock {
  /// Reads the clock. The C function is `clock_gettime`, with `CLOCK_REALTIME`.
  package static func now() -> Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(
      unixMilliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000,
      nanosecondOfMillisecond: Int(time.tv_nsec) % 1_000_000)
  }

  /// A reading of the clock.
  package struct Instant: Hashable, Sendable {
    package var unixMilliseconds: Int64
    /// 0…999 999.
    package var nanosecondOfMillisecond: Int

    /// Wraps around past the year 2262: use it for differences only.
    package var unixNanoseconds: Int64 {
      unixMilliseconds &* 1_000_000 &+ Int64(nanosecondOfMillisecond)
    }
  }

  /// Sleeps at least this long (0…999 999 999), or until a signal. The C function is `nanosleep`.
  static func sleep(nanoseconds: Int) {
    var duration = timespec(tv_sec: 0, tv_nsec: nanoseconds)
    unsafe nanosleep(&duration, nil)
  }
}
