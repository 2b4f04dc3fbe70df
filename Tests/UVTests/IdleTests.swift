import Testing

@testable import UV

@Suite struct IdleTests {
  /// The loop does not wait for events while it runs: a timer that is far away would hold it up.
  @Test func runsInEachRoundUntilItIsStopped() throws {
    let loop = try Loop()
    var calls = 0
    let idle = try Idle(loop: loop) { calls += 1 }
    let farTimer = try Timer(loop: loop)
    farTimer.start(afterMilliseconds: 3_600_000) {}
    idle.start()
    idle.start()
    for _ in 0..<3 { loop.runOnce() }
    #expect(calls == 3)
    idle.stop()
    idle.stop()
    loop.runPending()
    #expect(calls == 3)
    idle.start()
    loop.runOnce()
    #expect(calls == 4)
    idle.close()
    idle.start()
    farTimer.close()
    try loop.runToEnd()
    #expect(calls == 4)
  }

  /// Timers have their turn between two calls, however often it is called.
  @Test func timersHaveTheirTurn() throws {
    let loop = try Loop()
    var hasFired = false
    let timer = try Timer(loop: loop)
    let idle = try Idle(loop: loop) {}
    idle.start()
    timer.start(afterMilliseconds: 1) {
      hasFired = true
      idle.close()
      timer.close()
    }
    try loop.runToEnd()
    #expect(hasFired)
  }
}
