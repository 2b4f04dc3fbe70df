import Foundation
import Testing

/// `DEFER_ACCEPT`: the system holds a connection back until its client has sent something.
@Suite struct DeferredAcceptTests {
  static let settings = ["0", "1"]

  /// A first request is answered as any other is, whatever stands with it and wherever it is cut.
  @Test(arguments: settings) func firstRequestsAreAnswered(_ value: String) throws {
    let server = try RunningServer(environment: ["DEFER_ACCEPT": value])
    let requests = Request.health + Request.get("/health", fields: "Connection: close\r\n")
    for host in ["127.0.0.1", "::1"] {
      for cut in stride(from: 0, through: requests.count, by: 7) {
        let client = try RawClient(port: server.port, host: host)
        try client.send(String(requests.prefix(cut)))
        try client.send(String(requests.dropFirst(cut)))
        #expect(try client.readResponse().body == "ok")
        #expect(try client.readResponse().body == "ok")
        #expect(try client.readToEnd() == "")
      }
    }
    #expect(try server.stop() == .status(0))
  }

  /// The system hands it over after a second, and from then on it is bounded as any other.
  @Test(arguments: settings) func silentClientIsClosed(_ value: String) throws {
    let server = try RunningServer(
      environment: ["DEFER_ACCEPT": value, "IDLE_TIMEOUT_MS": "1"])
    let client = try RawClient(port: server.port)
    #expect(try client.readToEnd() == "")
    #expect(try server.stop() == .status(0))
  }

  /// What many health checks of load balancers do.
  @Test(arguments: settings) func clientMayConnectAndClose(_ value: String) throws {
    let server = try RunningServer(environment: ["DEFER_ACCEPT": value])
    let observer = try RawClient(port: server.port)
    for host in ["127.0.0.1", "::1"] { _ = try RawClient(port: server.port, host: host) }
    try observer.waitForMetric("idgen_connections_accepted_total") { $0 == 3 }
    try observer.waitForMetric("idgen_connections_open") { $0 == 1 }
    #expect(try server.stop() == .status(0))
  }

  /// So it takes nothing of `MAX_CONNECTIONS` meanwhile.
  @Test(arguments: settings) func silentClientIsNotAccepted(_ value: String) throws {
    let server = try RunningServer(environment: ["DEFER_ACCEPT": value, "MAX_CONNECTIONS": "1"])
    server.send(SIGSTOP)
    let silent = try RawClient(port: server.port)
    let client = try RawClient(port: server.port)
    try client.send(Request.health)
    server.send(SIGCONT)
    #expect(try client.readResponse().status == (value == "1" ? 200 : 503))
    silent.finishSending()
    #expect(try server.stop() == .status(0))
  }

  /// Connections that are answered and closed within one event do not count as open.
  @Test(arguments: settings) func closedConnectionsAreNotCounted(_ value: String) throws {
    let server = try RunningServer(environment: ["DEFER_ACCEPT": value, "MAX_CONNECTIONS": "1"])
    for _ in 0..<500 {
      let client = try RawClient(port: server.port)
      try client.send(Request.get("/health", fields: "Connection: close\r\n"))
      #expect(try client.readResponse().status == 200)
      #expect(try client.readToEnd() == "")
    }
    #expect(try server.stop() == .status(0))
  }
}
