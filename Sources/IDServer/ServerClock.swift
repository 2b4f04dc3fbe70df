import Reservations
import Snowflake
import UV

/// The server's clocks. All its decisions that depend on time use this type.
///
/// It reads the wall clock for each call. The other clock is the loop's, which is updated once a
/// round, plus the time for which the host was suspended. That time is determined once a second,
/// and whenever the wall clock goes back.
final class ServerClock {
  /// Called with the milliseconds by which the wall clock was set, negative if it was set back.
  var didStep: (Int64) -> Void = { _ in }

  private let loop: Loop
  private var stepMonitor = StepMonitor()
  /// `CLOCK_BOOTTIME` minus the loop's clock, which stops while the host is suspended.
  private var suspendedMilliseconds: Int64 = 0

  init(loop: Loop) {
    self.loop = loop
    if compareClocks() == nil { readSuspendedTime() }
  }

  func now() -> ClockReading {
    let wall = WallClock.now()
    if stepMonitor.isDue(at: wall.unixMilliseconds), let compared = compareClocks() {
      return compared
    }
    return ClockReading(
      wall: wall, monotonicMilliseconds: Int64(loop.nowMilliseconds) + suspendedMilliseconds)
  }

  /// Reads both clocks close together and compares them. If the process was stopped or the host
  /// suspended within a round, the loop's clock is updated as well, so that this does not look like
  /// a step.
  @inline(never)
  private func compareClocks() -> ClockReading? {
    guard
      let (wall, bootNanoseconds) = ClockReading.together(
        wall: WallClock.now, monotonicNanoseconds: BootClock.nowNanoseconds)
    else { return nil }
    readSuspendedTime()
    let step = stepMonitor.step(
      unixNanoseconds: wall.unixNanoseconds, monotonicNanoseconds: Int64(bootNanoseconds))
    if step != 0 { didStep(step) }
    return ClockReading(wall: wall, monotonicMilliseconds: Int64(bootNanoseconds / 1_000_000))
  }

  private func readSuspendedTime() {
    loop.updateTime()
    let bootMilliseconds = Int64(BootClock.nowNanoseconds() / 1_000_000)
    suspendedMilliseconds = bootMilliseconds - Int64(loop.nowMilliseconds)
  }
}
