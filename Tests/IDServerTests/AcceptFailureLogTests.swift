import Testing
import UV

@testable import IDServer

@Suite struct AcceptFailureLogTests {
  private static let noDescriptors = UVError(code: -24)
  private static let message = "too many open files (EMFILE)"

  static let bursts: [(count: Int, second: String?)] = [
    (1, nil), (2, "a connection could not be accepted: \(message)"),
    (1000, "999 more connections could not be accepted: \(message)"),
  ]

  /// The first is told at once, the others together when the time has come, and then no more.
  @Test(arguments: bursts) func aBurstIsTwoLines(count: Int, second: String?) throws {
    let loop = try Loop()
    var lines: [String] = []
    let log = try AcceptFailureLog(loop: loop, intervalMilliseconds: 1) { lines.append($0) }
    for _ in 0..<count { log.record(Self.noDescriptors) }
    let first = "a connection could not be accepted: \(Self.message)"
    #expect(lines == [first])

    // Twice the time: what is told in the second is told once.
    let timer = try Timer(loop: loop)
    for _ in 0..<4 {
      timer.start(afterMilliseconds: 2) {}
      loop.run()
    }
    #expect(lines == [first] + (second.map { [$0] } ?? []))

    log.record(Self.noDescriptors)  // Long after the burst, it is a first one again.
    #expect(lines.count == (second == nil ? 2 : 3))
    timer.close()
    loop.run()
  }
}
