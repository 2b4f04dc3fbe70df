import Testing

@testable import IDServer

struct StepMonitorTests {
  private static let start: Int64 = 1_769_689_174_499_000_000

  /// Both clocks have gone on by so many milliseconds since they were last compared.
  @Test(arguments: [
    (wall: 1000, monotonic: 1000, step: 0),
    (wall: 1010, monotonic: 1000, step: 0), (wall: 1013, monotonic: 1000, step: 13),
    (wall: 990, monotonic: 1000, step: 0), (wall: 987, monotonic: 1000, step: -13),
    (wall: -60_000, monotonic: 0, step: -60_000),
    (wall: 86_400_000, monotonic: 1, step: 86_399_999),
    // A clock that NTP turns, over ten minutes without a request.
    (wall: 600_300, monotonic: 600_000, step: 0), (wall: 599_700, monotonic: 600_000, step: 0),
    (wall: 602_000, monotonic: 600_000, step: 2000),
  ])
  func steps(_ test: (wall: Int64, monotonic: Int64, step: Int64)) {
    var watch = StepMonitor()
    let first = watch.step(unixNanoseconds: Self.start, monotonicNanoseconds: 5)
    #expect(first == 0)
    let step = watch.step(
      unixNanoseconds: Self.start + test.wall * 1_000_000,
      monotonicNanoseconds: 5 + test.monotonic * 1_000_000)
    #expect(step == test.step)
  }

  /// A step is told once: what it is compared with next is the clock as it has been set.
  @Test func stepIsToldOnce() {
    var watch = StepMonitor()
    var steps: [Int64] = []
    for (wall, monotonic) in [(0, 0), (-5000, 10), (-4000, 1010), (-3000, 2010)] as [(Int64, Int64)]
    {
      steps.append(
        watch.step(
          unixNanoseconds: Self.start + wall * 1_000_000,
          monotonicNanoseconds: monotonic * 1_000_000))
    }
    #expect(steps == [0, -5010, 0, 0])
  }

  @Test func clocksAreComparedOnceASecondAndWhenTimeGoesBackward() {
    var watch = StepMonitor()
    let now = Self.start / 1_000_000
    let isFirstDue = watch.isDue(at: now)
    #expect(isFirstDue)
    _ = watch.step(unixNanoseconds: Self.start, monotonicNanoseconds: 0)
    let due = [0, 1, 999, 998, 998, 999, 1000].map { watch.isDue(at: now + $0) }
    #expect(due == [false, false, false, true, false, false, true])
  }
}
