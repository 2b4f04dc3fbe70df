/// Tells a wall clock that goes on from one that has been set forward.
///
/// One bad time step must not burn the future: IDs made in it would have the generator wait, once
/// the clock is right again, for as long as the step was wide. So after a jump no ID is made until
/// the clock goes back, has held for a while, or an operator says that it is right.
struct ClockGuard {
  /// By how much the wall clock may gain on the other between two looks, and not be suspect.
  static let jumpMilliseconds: Int64 = 60_000
  /// For how long a clock that has jumped must hold to be believed.
  static let holdMilliseconds: Int64 = 60_000
  /// How evenly it must go on meanwhile.
  private static let holdToleranceMilliseconds: Int64 = 1000

  private struct Jump {
    var milliseconds: Int64
    var sinceMonotonicMilliseconds: Int64
  }

  /// The clocks when they were last believed; `nil` until then.
  private(set) var reference: ClockReading?
  private var jump: Jump?

  /// - Parameter reference: readings of this boot that were believed, by another process perhaps.
  init(reference: ClockReading? = nil) { self.reference = reference }

  /// By how many milliseconds the wall clock has jumped forward, or `nil` if all is well.
  ///
  /// A clock that goes back, and later returns, has not jumped: it is judged by the last ID.
  mutating func jump(at now: ClockReading) -> Int64? {
    guard let reference else { return nil }
    let elapsed = now.monotonicMilliseconds - reference.monotonicMilliseconds
    let gain = now.unixMilliseconds - reference.unixMilliseconds - elapsed
    // NTP turns a clock by up to 500 µs a second; a thousandth is allowed.
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

  /// The wall clock as it would read if it had gone on evenly since it was last believed.
  func expectedUnixMilliseconds(at now: ClockReading) -> Int64 {
    guard let reference else { return now.unixMilliseconds }
    let elapsed = now.monotonicMilliseconds - reference.monotonicMilliseconds
    return reference.unixMilliseconds + elapsed
  }

  /// Believes the wall clock as it is: an ID has been made, or an operator says so.
  mutating func accept(_ now: ClockReading) {
    reference = now
    jump = nil
  }
}
