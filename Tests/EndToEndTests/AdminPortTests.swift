import Foundation
import Testing

/// `ADMIN_PORT`: a port for operators, beside the one for clients.
@Suite struct AdminPortTests {
  private static let loopback = ["ADMIN_PORT": "0", "ADMIN_HOST": "127.0.0.1"]

  /// The status of `GET path` on a new connection.
  private func status(_ path: String, port: UInt16) throws -> Int {
    try get(path, port: port).status
  }

  private func get(_ path: String, port: UInt16) throws -> RawResponse {
    let client = try RawClient(port: port)
    try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return try client.readResponse()
  }

  @Test(arguments: [
    ("/health", 200, 200), ("/ready", 200, 200), ("/metrics", 404, 200), ("/%6Detrics", 404, 200),
    ("/id", 200, 404), ("/ids?count=2", 200, 404), ("/decode/1", 200, 404), ("/", 200, 404),
    ("/openapi.yaml", 200, 404), ("/bounds?from=2026-01-29&to=2026-01-30", 200, 404),
  ])
  func resources(_ path: String, _ main: Int, _ admin: Int) throws {
    let server = try RunningServer(environment: Self.loopback)
    // The same bytes again and again: no port learns what the other one responds.
    for _ in 0..<20 {
      #expect(try status(path, port: server.port) == main)
      #expect(try status(path, port: try server.adminPort()) == admin)
    }
    #expect(try server.stop() == .status(0))
  }

  /// The clients of the main port cannot use up the connections of the other one.
  @Test func connectionsAreItsOwn() throws {
    let server = try RunningServer(
      environment: Self.loopback.merging(["MAX_CONNECTIONS": "1"]) { $1 })
    let client = try RawClient(port: server.port)
    try client.send(Request.id)
    #expect(try client.readResponse().status == 200)
    let admin = try server.adminPort()
    #expect(try status("/health", port: server.port) == 503)
    #expect(try status("/health", port: admin) == 200)
    let metrics = try get("/metrics", port: admin).body
    #expect(metrics.contains("\nidgen_connections_open 1\n"))
    #expect(metrics.contains("\nidgen_connections_refused_total 1\n"))
    #expect(metrics.contains("\nidgen_http_requests_total{endpoint=\"/health\",code=\"200\"} 1\n"))
    // The program's own check asks the port that answers.
    let main = ["PORT": "\(server.port)"]
    #expect(try Tool.idgen("health", environment: main).exit == .status(1))
    let both = main.merging(["ADMIN_PORT": "\(admin)", "ADMIN_HOST": "127.0.0.1"]) { $1 }
    #expect(try Tool.idgen("health", environment: both).exit == .status(0))
    // Its number is not known, so the check asks the other one.
    for unknown in ["0", "9100+"] {
      let environment = main.merging(["ADMIN_PORT": unknown]) { $1 }
      #expect(try Tool.idgen("health", environment: environment).exit == .status(1))
    }
    #expect(try server.stop() == .status(0))
  }

  /// A balancer that asks this port is told, and Prometheus can read the last counters.
  @Test func answersDuringTheDrain() throws {
    let server = try RunningServer(
      environment: Self.loopback.merging(["DRAIN_TIMEOUT_MS": "600000"]) { $1 })
    let admin = try server.adminPort()
    let idle = try RawClient(port: admin)
    try idle.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try idle.readResponse().status == 200)
    let client = try RawClient(port: server.port)
    try client.send("GET /id HTT")
    server.send(SIGTERM)
    #expect(try server.waitForLog(containing: "draining 1 connections"))
    let ready = try get("/ready", port: admin)
    #expect(ready.status == 503)
    #expect(ready.body.contains("\"draining\""))
    #expect(try status("/health", port: admin) == 200)
    #expect(try status("/metrics", port: admin) == 200)
    try client.send("P/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readResponse().status == 200)
    client.finishSending()
    // The idle connection of this port does not hold it up.
    #expect(try server.waitForExit() == .status(0))
  }

  /// Processes that share a port count apart.
  @Test func eachProcessHasItsOwn() throws {
    let environment = ["ADMIN_PORT": "29100+", "ADMIN_HOST": "127.0.0.1", "REUSE_PORT": "1"]
    let first = try RunningServer(environment: environment)
    let second = try RunningServer(
      environment: environment.merging(["MACHINE_ID": "2", "PORT": "\(first.port)"]) { $1 })
    let ports = try [first, second].map { try $0.adminPort() }
    #expect(ports[0] >= 29100)
    #expect(ports[1] > ports[0])
    for _ in 0..<30 { #expect(try status("/id", port: first.port) == 200) }
    let counts = try ports.map { port in
      let text = try get("/metrics", port: port).body
      let match = try #require(text.firstMatch(of: #/\nidgen_ids_total (\d+)\n/#))
      return try #require(Int(match.1))
    }
    #expect(counts.reduce(0, +) == 30)
    #expect(try first.stop() == .status(0))
    #expect(try second.stop() == .status(0))
  }

  @Test(arguments: [
    (["ADMIN_HOST": "127.0.0.1"], "http://127.0.0.1:"), (["ADMIN_HOST": "::1"], "http://[::1]:"),
    ([:], "http://[::]:"),
  ])
  func address(_ environment: [String: String], _ expected: String) throws {
    let server = try RunningServer(environment: environment.merging(["ADMIN_PORT": "0"]) { $1 })
    #expect(
      server.standardError.contains("for operators: listening on \(expected)"))
    let admin = try server.adminPort()
    let isOnAll = environment.isEmpty
    #expect(((try? RawClient(port: admin, host: "127.0.0.2")) != nil) == isOnAll)
    #expect(try server.stop() == .status(0))
  }

  @Test func takenPortIsRefused() throws {
    let server = try RunningServer(environment: Self.loopback)
    for port in [try server.adminPort(), server.port] {
      let result = try Tool.idgen(
        environment: ["MACHINE_ID": "2", "PORT": "0", "ADMIN_PORT": "\(port)"])
      #expect(result.exit == .status(69))
      #expect(
        result.standardError.hasSuffix(
          "idgen: cannot listen on [::]:\(port), for ADMIN_PORT: address already in use "
            + "(EADDRINUSE)\n"))
    }
    #expect(try server.stop() == .status(0))
  }
}
