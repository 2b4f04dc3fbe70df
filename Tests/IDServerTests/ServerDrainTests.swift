import Glibc
import Testing
import UV

@testable import API
@testable import IDServer

struct ServerDrainTests {
  /// Clients that send one burst after the other hear that the server drains before it is over.
  @Test func burstsAreNotAwaitedForEver() throws {
    var limits = Limits()
    limits.drainTimeoutMilliseconds = 1
    let server = try makeServer(limits: limits)
    // Without a stream it stays until it is removed.
    let connection = Connection(server: server, port: server.main)
    server.main.connections.add(connection)
    server.didReceiveSignal(SIGTERM)
    #expect(server.service.phase == .draining)
    for _ in 0..<1000 where server.service.phase == .draining { server.loop.runOnce() }
    #expect(server.service.phase == .drainingBursts)
    server.main.connections.remove(connection)
    try server.run()
  }
}
