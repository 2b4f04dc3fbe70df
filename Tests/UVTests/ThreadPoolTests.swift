import Glibc
import Synchronization
import Testing
import UV

struct ThreadPoolTests {
  @Test(arguments: [0, 5, -5, Int32.max])
  func resultComesBackOnTheLoop(_ result: Int32) throws {
    let loop = try Loop()
    let own = pthread_self()
    var received: [Int32] = []
    try ThreadPool.run(
      on: loop, { result },
      completion: {
        #expect(pthread_equal(pthread_self(), own) != 0)
        received.append($0)
      })
    #expect(received == [])
    loop.run()
    #expect(received == [result])
  }

  /// What blocks there does not block here.
  @Test func loopGoesOnMeanwhile() throws {
    let loop = try Loop()
    let timer = try Timer(loop: loop)
    let mayEnd = Flag()
    var events: [String] = []
    try ThreadPool.run(
      on: loop,
      {
        while !mayEnd.isSet.load(ordering: .acquiring) { usleep(1000) }
        return 0
      }, completion: { _ in events.append("work") })
    timer.start(afterMilliseconds: 5) {
      events.append("timer")
      mayEnd.isSet.store(true, ordering: .releasing)
    }
    loop.run()
    #expect(events == ["timer", "work"])
  }

  @Test func eachIsToldOnce() throws {
    let loop = try Loop()
    var results: [Int32] = []
    for number in 0..<100 as Range<Int32> {
      try ThreadPool.run(on: loop, { number }, completion: { results.append($0) })
    }
    loop.run()
    #expect(results.sorted() == Array(0..<100))
  }

  /// A completion can ask for more.
  @Test func completionCanAskAgain() throws {
    let loop = try Loop()
    var count = 0
    func again() throws {
      try ThreadPool.run(
        on: loop, { 0 },
        completion: { _ in
          count += 1
          if count < 10 { try? again() }
        })
    }
    try again()
    loop.run()
    #expect(count == 10)
  }
}

private final class Flag: Sendable {
  let isSet = Atomic(false)
}
