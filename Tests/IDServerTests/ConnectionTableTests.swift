import API
import Glibc
import Testing
import UV

@testable import IDServer

struct ConnectionTableTests {
  /// Thousands of deadlines that come together are not acted upon in one callback of the loop.
  @Test func deadlinesThatComeTogether() throws {
    var limits = Limits()
    limits.idleTimeoutMilliseconds = 64
    let server = try makeServer(limits: limits)
    let connections = (0..<1000).map { _ in Connection(server: server, port: server.main) }
    for connection in connections { server.main.connections.add(connection) }
    let first = connections[0].deadlineMilliseconds
    #expect(connections.allSatisfy { $0.deadlineMilliseconds == first })
    var expiredCounts: [Int] = []
    // A connection without a stream stays, with a new deadline.
    while expiredCounts.last ?? 0 < connections.count, expiredCounts.count < 10_000_000 {
      server.loop.runPending()  // Once: `runOnce` may look at its timers twice.
      expiredCounts.append(connections.count { $0.deadlineMilliseconds != first })
    }
    #expect(expiredCounts.last == connections.count)
    let largest = zip([0] + expiredCounts, expiredCounts).map { $1 - $0 }.max()
    #expect(largest == Limits.expirationsPerSweep)
    for connection in connections { server.main.connections.remove(connection) }
    server.didReceiveSignal(SIGTERM)
    try server.run()
  }
}
