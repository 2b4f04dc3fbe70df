import Foundation
import Testing

/// Every wait for a client has an end.
@Suite struct TimeoutTests {
  /// Sent a byte at a time, and longer in coming than the server waits; all of it in time would be
  /// answered 200.
  @Test(arguments: [
    ("head", "", "GET /health HTTP/1.1\r\nHost: a\r\nX: \(slow)\r\n\r\n"),
    ("HEAD", "", "HEAD /health HTTP/1.1\r\nHost: a\r\nX: \(slow)\r\n\r\n"),
    ("body", "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n", slow),
    (
      "chunks", "GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1;\(slow)\r\nx\r\n0\r\n\r\n"
    ),
    ("second head", Request.health, "GET /health HTTP/1.1\r\nHost: a\r\nX: \(slow)\r\n\r\n"),
  ])
  func slowRequestIsTimedOut(name: String, first: String, rest: String) throws {
    let server = try RunningServer(environment: ["HEAD_TIMEOUT_MS": "300"])
    let client = try RawClient(port: server.port)
    try client.send(first)
    if name == "second head" { #expect(try client.readResponse().status == 200) }
    for byte in rest.utf8 {
      usleep(10_000)
      try client.send([byte])
    }
    let response = try client.readResponse(isHead: name == "HEAD")
    #expect(response.status == 408)
    #expect(response["Connection"] == "close")
    #expect(try client.readToEnd() == "")
    client.finishSending()  // The server waits a little for that.
    #expect(try server.stop() == .status(0))
  }

  /// However the head came: here most of its time is gone when it is whole.
  @Test func bodyHasItsOwnTime() throws {
    let server = try RunningServer(environment: ["HEAD_TIMEOUT_MS": "4000"])
    let client = try RawClient(port: server.port)
    for (part, pause) in [
      ("GET /health HTTP/1.1\r\nHost: a\r\n", 2_500_000), ("Content-Length: 1\r\n\r\n", 2_500_000),
      ("x", 0),
    ] as [(String, UInt32)] {
      try client.send(part)
      usleep(pause)
    }
    #expect(try client.readResponse().body == "ok")
    #expect(try server.stop() == .status(0))
  }

  private static let slow = String(repeating: "s", count: 90)

  /// What has begun and is left there is answered 408; who asks nothing is told nothing.
  @Test(arguments: [
    ("", false), ("GET", true), ("GET /health HTTP/1.1\r\n", true), (Request.health, false),
    (Request.health + "G", true),
  ])
  func silenceEnds(sent: String, isTimedOut: Bool) throws {
    let server = try RunningServer(
      environment: ["HEAD_TIMEOUT_MS": "150", "IDLE_TIMEOUT_MS": "150"])
    let client = try RawClient(port: server.port)
    try client.send(sent)
    if sent.hasPrefix(Request.health) { #expect(try client.readResponse().body == "ok") }
    if isTimedOut { #expect(try client.readResponse().status == 408) }
    #expect(try client.readToEnd() == "")
    client.finishSending()  // The server waits a little for that.
    #expect(try server.stop() == .status(0))
  }

  /// Each answer begins the time anew: ten requests take longer together than one may.
  @Test func busyConnectionStays() throws {
    let server = try RunningServer(environment: ["IDLE_TIMEOUT_MS": "2000"])
    let client = try RawClient(port: server.port)
    for _ in 0..<10 {
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
      usleep(300_000)
    }
    #expect(try server.stop() == .status(0))
  }

  @Test func connectionsPastTheLimitAreRefused() throws {
    let server = try RunningServer(environment: ["MAX_CONNECTIONS": "3"])
    var clients = try (0..<3).map { _ in try RawClient(port: server.port) }
    for client in clients {
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    let refused = try (0..<20).map { _ in try RawClient(port: server.port) }
    for client in refused {
      let response = try client.readResponse()
      #expect(response.status == 503)
      #expect(response["Retry-After"] == "1")
      #expect(response["Connection"] == "close")
      #expect(response.body.contains("too_many_connections"))
      #expect(try client.readToEnd() == "")
    }
    try clients[1].send(Request.health)
    #expect(try clients[1].readResponse().body == "ok")
    clients.removeFirst()
    #expect(try Self.canAsk(server.port))
  }

  /// Far more than are told so: those past them are closed without a word, and nobody else notices.
  @Test func floodPastTheLimitIsBounded() throws {
    let server = try RunningServer(environment: ["MAX_CONNECTIONS": "1"])
    let client = try RawClient(port: server.port)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
    var flood: SocketPool? = try SocketPool(count: 300, port: server.port)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
    flood = nil
    _ = flood
    try client.send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(try client.readResponse().body == "ok")
    client.finishSending()
    #expect(try Self.canAsk(server.port))
    #expect(try server.stop() == .status(0))
  }

  /// Whether a new client is answered, as soon as the server has seen that others have gone.
  static func canAsk(_ port: UInt16) throws -> Bool {
    for _ in 0..<300 {
      let client = try RawClient(port: port)
      try? client.send(Request.health)
      if let response = try? client.readResponse(), response.body == "ok" { return true }
      usleep(20_000)
    }
    return false
  }
}
