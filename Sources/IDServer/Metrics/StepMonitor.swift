/// Sees when the wall clock is set: it then moves otherwise than the monotonic one.
///
/// It only watches, for the operator; whether IDs can be made, ``ClockGuard`` and the generator say.
struct StepMonitor {
  static let intervalMilliseconds: Int64 = 1000
  /// Reading two clocks takes a moment, too, and NTP turns a clock by up to 500 µs a second.
  static let toleranceMilliseconds: Int64 = 10

  private var lastUnixMilliseconds = Int64.min
  private var nextLookUnixMilliseconds = Int64.min
  private var reference: (unixNanoseconds: Int64, monotonicNanoseconds: Int64)?

  /// Whether it is time to compare the clocks: a second has gone by, or time has gone backward.
  ///
  /// It is asked for each batch of requests, and so does not do more.
  @inline(__always)
  mutating func isDue(at unixMilliseconds: Int64) -> Bool {
    let isDue =
      unixMilliseconds >= nextLookUnixMilliseconds || unixMilliseconds < lastUnixMilliseconds
    lastUnixMilliseconds = unixMilliseconds
    return isDue
  }

  /// Compares the clocks, which have been read one right after the other.
  ///
  /// - Returns: by how many milliseconds the wall clock has been set since they were last compared,
  ///   negative if back; 0 if it has not.
  mutating func step(unixNanoseconds: Int64, monotonicNanoseconds: Int64) -> Int64 {
    nextLookUnixMilliseconds =
      unixNanoseconds / 1_000_000 &+ Self.intervalMilliseconds
    defer { reference = (unixNanoseconds, monotonicNanoseconds) }
    guard let reference else { return 0 }
    let elapsed = monotonicNanoseconds &- reference.monotonicNanoseconds
    let step = unixNanoseconds &- reference.unixNanoseconds &- elapsed
    let tolerance = Self.toleranceMilliseconds * 1_000_000 + elapsed / 1000
    return step.magnitude > tolerance.magnitude ? step / 1_000_000 : 0
  }
}
