/// The forward-jump detector: compares the wall clock with a clock that cannot be set.
///
/// One bad time step must not use up future timestamps. If IDs were made after a step forward, the
/// generator would have to wait for the length of the step once the clock is correct again. So
/// after a jump no ID is made until the clock goes back, has held for a minute, or an operator
/// confirms it.
struct ForwardJumpDetector {
  /// The wall clock has jumped if it has gained more than this on the boot clock since it was last
  /// trusted.
  static let jumpMilliseconds: Int64 = 60_000
  /// A clock that has jumped is trusted again once it has held for this long.
  static let holdMilliseconds: Int64 = 60_000
  /// It has held if its gain has not changed by more than this meanwhile.
  private static let holdToleranceMilliseconds: Int64 = 1000

  private struct Jump {
    var milliseconds: Int64
    var sinceMonotonicMilliseconds: Int64
  }

  /// Both clocks at the time when the wall clock was last trusted; `nil` before the first time.
  private(set) var reference: ClockReading?
  private var jump: Jump?

  /// - Parameter reference: a reading of this boot that was trusted, possibly by another process.
  init(reference: ClockReading? = nil) { self.reference = reference }

  /// The milliseconds by which the wall clock has jumped forward, or `nil` if it is trusted.
  ///
  /// A clock that goes back and later returns has not jumped; the generator compares it with the
  /// last timestamp.
  mutating func jump(at now: ClockReading) -> Int64? {
    guard let reference else { return nil }
    let elapsed = now.monotonicMilliseconds - reference.monotonicMilliseconds
    let gain = now.unixMilliseconds - reference.unixMilliseconds - elapsed
    // NTP slews a clock by up to 500 µs per second (adjtimex(2)); 1 ms per second is allowed.
    guard gain > Self.jumpMilliseconds + elapsed / 1000 else {
      jump = nil
      return nil
    }
    guard let jump, abs(jump.milliseconds - gain) <= Self.holdToleranceMilliseconds else {
      jump = Jump(milliseconds: gain, sinceMonotonicMilliseconds: now.monotonicMilliseconds)
      return gain
    }
    let held = now.monotonicMilliseconds - jump.sinceMonotonicMilliseconds
    return held < Self.holdMilliseconds ? gain : nil
  }

  /// What the wall clock would read if it had not been set since it was last trusted.
  func expectedUnixMilliseconds(at now: ClockReading) -> Int64 {
    guard let reference else { return now.unixMilliseconds }
    let elapsed = now.monotonicMilliseconds - reference.monotonicMilliseconds
    return reference.unixMilliseconds + elapsed
  }

  /// Trusts the wall clock: an ID has been made with it, or an operator has confirmed it.
  mutating func accept(_ now: ClockReading) {
    reference = now
    jump = nil
  }
}
