import Reservations
import Snowflake
import UV

/// The only place where the server reads its clocks to go by them.
///
/// The wall clock is read anew each time. The other one is the loop's, read once a round, plus the
/// time for which the host was suspended: that is looked at once a second, and whenever the wall
/// clock goes back.
final class ServerClock {
  /// Told by how many milliseconds the wall clock was set, negative if back.
  var didStep: (Int64) -> Void = { _ in }

  private let loop: Loop
  private var stepMonitor = StepMonitor()
  /// `CLOCK_BOOTTIME` less the loop's clock, which stands still while the host is suspended.
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

  /// Reads both clocks with care. Whoever finds that the wall clock has moved on in the middle of a
  /// round comes here: if the process was stopped, or the host suspended, both have moved on.
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
