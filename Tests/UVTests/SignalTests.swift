import Foundation
import Testing

@testable import UV

@Suite struct SignalTests {
  @Test func everyWatcherIsCalled() throws {
    let loop = try Loop()
    var calls: [String] = []
    var watchers: [Signal] = []
    for name in ["first", "second"] {
      watchers.append(
        try Signal(loop: loop, number: SIGUSR1) {
          calls.append(name)
          if calls.count == 2 { for watcher in watchers { watcher.close() } }
        })
    }
    Self.sendToThisThread(SIGUSR1)
    try loop.runToEnd()
    #expect(calls.sorted() == ["first", "second"])
    watchers = []
  }

  @Test func onlyItsOwnSignalCounts() throws {
    let loop = try Loop()
    var calls: [Int32] = []
    var watchers: [Signal] = []
    for number in [SIGUSR2, SIGWINCH] {
      watchers.append(
        try Signal(loop: loop, number: number) {
          calls.append(number)
          for watcher in watchers { watcher.close() }
        })
    }
    Self.sendToThisThread(SIGWINCH)
    try loop.runToEnd()
    #expect(calls == [SIGWINCH])
    watchers = []
  }

  @Test(arguments: [0, -1, 1000, SIGKILL]) func impossibleSignalThrows(number: Int32) throws {
    let loop = try Loop()
    #expect(throws: UVError(code: -EINVAL)) { try Signal(loop: loop, number: number) {} }
    try loop.runToEnd()
  }

  /// The threads that tests run on block signals.
  private static func sendToThisThread(_ number: Int32) {
    var signals = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, &previous)
    raise(number)
    unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
  }
}
