/// Detects steps of the wall clock: it then advances differently from the monotonic clock.
///
/// It only informs operators. The forward-jump detector and the generator decide whether IDs can be
/// made.
struct StepMonitor {
  static let intervalMilliseconds: Int64 = 1000
  /// Allows for the time between the two readings, and for slewing: NTP slews a clock by up to 500
  /// µs per second.
  static let toleranceMilliseconds: Int64 = 10

  private var lastUnixMilliseconds = Int64.min
  private var nextComparisonUnixMilliseconds = Int64.min
  private var reference: (unixNanoseconds: Int64, monotonicNanoseconds: Int64)?

  /// Whether to compare the clocks: a second has passed, or the wall clock has gone back.
  ///
  /// It is called for each step, so it does nothing else.
  @inline(__always)
  mutating func isDue(at unixMilliseconds: Int64) -> Bool {
    let isDue =
      unixMilliseconds >= nextComparisonUnixMilliseconds || unixMilliseconds < lastUnixMilliseconds
    lastUnixMilliseconds = unixMilliseconds
    return isDue
  }

  /// Compares the clocks. The caller has read both close together.
  ///
  /// - Returns: the milliseconds by which the wall clock was set since the last comparison,
  ///   negative if it was set back; 0 if it was not set.
  mutating func step(unixNanoseconds: Int64, monotonicNanoseconds: Int64) -> Int64 {
    nextComparisonUnixMilliseconds =
      unixNanoseconds / 1_000_000 &+ Self.intervalMilliseconds
    defer { reference = (unixNanoseconds, monotonicNanoseconds) }
    guard let reference else { return 0 }
    let elapsed = monotonicNanoseconds &- reference.monotonicNanoseconds
    let step = unixNanoseconds &- reference.unixNanoseconds &- elapsed
    let tolerance = Self.toleranceMilliseconds * 1_000_000 + elapsed / 1000
    return step.magnitude > tolerance.magnitude ? step / 1_000_000 : 0
  }
}
