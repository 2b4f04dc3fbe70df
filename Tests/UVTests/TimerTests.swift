import Testing

@testable import UV

@Suite struct TimerTests {
  @Test(arguments: [0, 1, 20] as [UInt64]) func firesOnceAndNotEarly(delay: UInt64) throws {
    let loop = try Loop()
    let timer = try Timer(loop: loop)
    let start = loop.nowMilliseconds
    var firings: [UInt64] = []
    timer.start(afterMilliseconds: delay) { firings.append(loop.nowMilliseconds - start) }
    try loop.runToEnd()
    #expect(firings.count == 1)
    #expect(firings.allSatisfy { $0 >= delay })
  }

  @Test func timersFireInTheOrderOfTheirTimes() throws {
    let loop = try Loop()
    var order: [UInt64] = []
    for delay in [15, 5, 10] as [UInt64] {
      try Timer(loop: loop).start(afterMilliseconds: delay) { order.append(delay) }
    }
    try loop.runToEnd()
    #expect(order == [5, 10, 15])
  }

  @Test func startingAnewReplaces() throws {
    let loop = try Loop()
    let timer = try Timer(loop: loop)
    var calls: [String] = []
    timer.start(afterMilliseconds: 1) { calls.append("first") }
    timer.start(afterMilliseconds: 2) { calls.append("second") }
    try loop.runToEnd()
    #expect(calls == ["second"])
  }

  @Test func canBeStartedInItsOwnAction() throws {
    let loop = try Loop()
    let timer = try Timer(loop: loop)
    var count = 0
    func fire() {
      count += 1
      if count < 3 { timer.start(afterMilliseconds: 1, fire) }
    }
    timer.start(afterMilliseconds: 1, fire)
    try loop.runToEnd()
    #expect(count == 3)
  }

  @Test(arguments: ["stop", "close", "stop, close", "close, stop", "close, start"])
  func doesNotFireAfter(calls: String) throws {
    let loop = try Loop()
    let timer = try Timer(loop: loop)
    var hasFired = false
    timer.start(afterMilliseconds: 1) { hasFired = true }
    for call in calls.split(separator: ", ") {
      switch call {
      case "stop": timer.stop()
      case "close": timer.close()
      default: timer.start(afterMilliseconds: 1) { hasFired = true }
      }
    }
    try loop.runToEnd()
    #expect(!hasFired)
  }

  @Test func letsGoOfItsAction() throws {
    final class Held {}
    let loop = try Loop()
    let timers = try (0..<4).map { _ in try Timer(loop: loop) }
    weak var held: Held?
    do {
      let object = Held()
      held = object
      for timer in timers { timer.start(afterMilliseconds: 1) { _ = object } }
    }
    #expect(held != nil)
    timers[0].stop()
    timers[1].close()
    timers[2].start(afterMilliseconds: 1) {}
    try loop.runToEnd()  // The last one fires.
    #expect(held == nil)
  }

  /// The C handle is gone then: AddressSanitizer would tell.
  @Test func callsAfterTheCloseHaveNoEffect() throws {
    let loop = try Loop()
    let timer = try Timer(loop: loop)
    timer.close()
    try loop.runToEnd()
    timer.start(afterMilliseconds: 0) { Issue.record("a closed timer fired") }
    timer.stop()
    timer.unreference()
    timer.close()
    try loop.runToEnd()
    #expect(timer.isClosing)
  }
}
