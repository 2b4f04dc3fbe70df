import Foundation
import Testing

/// Connections that cannot be accepted, for want of descriptors.
@Suite struct AcceptErrorTests {
  /// Each is counted, but the log has a line now and then: who connects does not decide how long it
  /// gets.
  @Test func eachIsCountedAndFewAreLogged() throws {
    let (server, client) = try RunningServer.withFewDescriptors()

    // One after the other, so that there is an event for each.
    let pool = try (0..<200).map { _ in
      let one = try SocketPool(count: 1, port: server.port)
      one.send("G")  // The system hands connections over that have sent something.
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
      return one
    }
    let accepted = try client.metric("idgen_connections_open") - 1
    #expect((1..<64).contains(accepted))
    #expect(try client.metric("idgen_accept_errors_total") == pool.count - accepted)
    let lines = server.standardError.split(separator: "\n").filter {
      $0.contains("could not be accepted")
    }
    // More than one if this takes more than ten seconds.
    #expect((1..<(pool.count - accepted) / 4).contains(lines.count))
    #expect(lines.first?.hasSuffix("too many open files (EMFILE)") == true)
    #expect(try server.stop() == .status(0))
  }
}

extension RunningServer {
  /// A server that can have 64 descriptors open, and a client that it has accepted before.
  static func withFewDescriptors() throws -> (server: RunningServer, client: RawClient) {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
    let limit = try Tool.run("prlimit", ["--pid", "\(server.processID)", "--nofile=64:64"])
    #expect(limit.exit == .status(0))
    return (server, client)
  }
}
