import Testing

@testable import UV

@Suite struct HighResolutionTimerTests {
  /// Out of range is the nearest that is in range.
  @Test(arguments: [-1, 0, 1, 50_000, 1_500_000, 20_000_000])
  func firesOnceAndNotEarly(delay: Int) throws {
    let loop = try Loop()
    let clock = ContinuousClock()
    var count = 0
    var end: ContinuousClock.Instant?
    var timer: HighResolutionTimer?
    timer = try HighResolutionTimer(loop: loop) {
      count += 1
      end = clock.now
      timer?.close()
    }
    let start = clock.now
    timer?.start(afterNanoseconds: delay)
    try loop.runToEnd()
    #expect(count == 1)
    #expect(try #require(end) - start >= .nanoseconds(delay))
    timer = nil
  }

  @Test func startingAnewReplaces() throws {
    let loop = try Loop()
    var (start, end): (ContinuousClock.Instant?, ContinuousClock.Instant?)
    var timer: HighResolutionTimer?
    timer = try HighResolutionTimer(loop: loop) {
      end = ContinuousClock.now
      timer?.close()
    }
    timer?.start(afterNanoseconds: 1)
    start = ContinuousClock.now
    timer?.start(afterNanoseconds: 2_000_000)
    try loop.runToEnd()
    #expect(try #require(end) - #require(start) >= .milliseconds(2))
    timer = nil
  }

  @Test func canBeStartedInItsOwnAction() throws {
    let loop = try Loop()
    var count = 0
    var timer: HighResolutionTimer?
    timer = try HighResolutionTimer(loop: loop) {
      count += 1
      if count < 3 { timer?.start(afterNanoseconds: 1000) } else { timer?.close() }
    }
    timer?.start(afterNanoseconds: 1000)
    try loop.runToEnd()
    #expect(count == 3)
    timer = nil
  }

  @Test func doesNotFireAfterTheClose() throws {
    let loop = try Loop()
    let timer = try HighResolutionTimer(loop: loop) { Issue.record("a closed timer fired") }
    timer.start(afterNanoseconds: 1)
    timer.close()
    timer.start(afterNanoseconds: 1)
    try loop.runToEnd()
    timer.start(afterNanoseconds: 1)
    try loop.runToEnd()
    #expect(timer.isClosing)
  }
}
