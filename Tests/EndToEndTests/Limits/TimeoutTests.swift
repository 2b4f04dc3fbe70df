import Foundation
import Testing

/// Every wait for a client has an end.
@Suite struct TimeoutTests {
  /// Sent a byte at a time until there is an answer; all of it would take far longer than the
  /// server waits.
  @Test(arguments: [
    ("head", "", "GET /health HTTP/1.1\r\nHost: a\r\nX: \(slow)\r\n\r\n"),
    ("HEAD", "", "HEAD /health HTTP/1.1\r\nHost: a\r\nX: \(slow)\r\n\r\n"),
    ("body", "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n", slow),
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
      if client.hasInput(milliseconds: 10) { break }
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
    try Self.withMoreAndMoreTime { timeoutMilliseconds in
      let server = try RunningServer(environment: ["HEAD_TIMEOUT_MS": "\(timeoutMilliseconds)"])
      let client = try RawClient(port: server.port)
      for part in ["GET /health HTTP/1.1\r\nHost: a\r\n", "Content-Length: 1\r\n\r\n"] {
        try client.send(part)
        usleep(UInt32(timeoutMilliseconds * 600))
      }
      try client.send("x")
      return try client.readResponse().body == "ok"
    }
  }

  private static let slow = String(repeating: "s", count: 8000)

  /// What has begun and is left there is answered 408; who asks nothing is told nothing.
  @Test(arguments: [
    ("", false), ("GET", true), ("GET /health HTTP/1.1\r\n", true), (Request.health, false),
    (Request.health + "G", true),
  ])
  func silenceEnds(sent: String, isTimedOut: Bool) throws {
    try Self.withMoreAndMoreTime { timeoutMilliseconds in
      let time = "\(timeoutMilliseconds)"
      let server = try RunningServer(
        environment: ["HEAD_TIMEOUT_MS": time, "IDLE_TIMEOUT_MS": time])
      let client = try RawClient(port: server.port)
      try client.send(sent)
      if sent.hasPrefix(Request.health), try client.readResponse().body != "ok" { return false }
      if isTimedOut, try client.readResponse().status != 408 { return false }
      guard try client.readToEnd() == "" else { return false }
      client.finishSending()  // The server waits a little for that.
      return try server.stop() == .status(0)
    }
  }

  /// Each answer begins the time anew: a connection that asks outlives one that was opened with it
  /// and asks nothing.
  @Test func busyConnectionStays() throws {
    try Self.withMoreAndMoreTime { timeoutMilliseconds in
      let server = try RunningServer(environment: ["IDLE_TIMEOUT_MS": "\(timeoutMilliseconds)"])
      let busy = try RawClient(port: server.port)
      let idle = try RawClient(port: server.port)
      while !idle.hasInput(milliseconds: 10) {
        try busy.send(Request.health)
        guard try busy.readResponse().body == "ok" else { return false }
      }
      guard try idle.readToEnd() == "" else { return false }
      try busy.send(Request.health)
      return try busy.readResponse().body == "ok"
    }
  }

  /// A time-out can always pass between two steps of a test, if the machine has others to serve.
  /// What is so because of that is not so with twice the time; what is always so is a fault.
  private static func withMoreAndMoreTime(
    _ isAsExpected: (_ timeoutMilliseconds: Int) throws -> Bool
  ) throws {
    for timeoutMilliseconds in [400, 800, 1600, 3200] {
      if (try? isAsExpected(timeoutMilliseconds)) == true { return }
    }
    #expect(try isAsExpected(6400))
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
