import Testing

@testable import UV

@Suite struct CheckTests {
  /// Each round ends with it: between two things that timers do, it is called.
  @Test func isCalledInEachRound() throws {
    let loop = try Loop()
    var events: [String] = []
    let check = try Check(loop: loop) { events.append("check") }
    let timer = try Timer(loop: loop)
    timer.start(afterMilliseconds: 1) {
      events.append("first")
      timer.start(afterMilliseconds: 1) {
        events.append("second")
        timer.start(afterMilliseconds: 1) {
          check.close()
          timer.close()
        }
      }
    }
    try loop.runToEnd()
    let first = try #require(events.firstIndex(of: "first"))
    let second = try #require(events.firstIndex(of: "second"))
    #expect(events[first..<second].contains("check"))
    #expect(events[second...].contains("check"))
  }

  @Test func closedOneIsNotCalled() throws {
    let loop = try Loop()
    var calls = 0
    let check = try Check(loop: loop) { calls += 1 }
    let timer = try Timer(loop: loop)
    timer.start(afterMilliseconds: 1) {
      calls = 0
      check.close()
      timer.close()
    }
    try loop.runToEnd()
    #expect(calls == 0)
  }
}
