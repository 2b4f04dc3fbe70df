import Foundation
import Testing

/// What was answered reaches the client, however the connection ends: RFC 9112 §9.6.
@Suite struct ClosingTests {
  struct Last: CustomTestStringConvertible {
    let status: Int
    let request: String
    var testDescription: String { "\(status) to \(request.prefix(40).debugDescription)" }
  }

  /// The client itself says that it sends no more.
  static let clientsLasts = [
    Last(status: 200, request: "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    Last(status: 200, request: "GET /health HTTP/1.0\r\n\r\n"),
    Last(status: 404, request: "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
  ]

  /// The server says that it reads no more.
  static let serversLasts = [
    Last(status: 400, request: "GET /health HTTP/1.1\r\n\r\n"),
    Last(status: 400, request: "GET /health HTTP/1.1\nHost: a\n\n"),
    Last(status: 404, request: post("/nothing", "Expect: 100-continue\r\nContent-Length: 9")),
    Last(status: 413, request: post("/id", "Content-Length: 1048576")),
    Last(status: 413, request: post("/id", "Transfer-Encoding: chunked") + "100000\r\n"),
    Last(status: 414, request: "GET /" + String(repeating: "x", count: 9000)),
    Last(status: 417, request: post("/id", "Expect: x\r\nContent-Length: 1048576")),
    Last(status: 431, request: post("/id", "X: " + String(repeating: "x", count: 20_000))),
    Last(status: 501, request: "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Last(status: 505, request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  ]

  private static func post(_ path: String, _ fields: String) -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n"
  }

  /// The client writes a megabyte behind its last request before it reads: no reset may take the
  /// answer away, and nothing of the megabyte is a request.
  @Test(arguments: serversLasts) func lastAnswerIsRead(_ last: Last) throws {
    try expectAnswers(last, toPieces: [Array((Request.health + last.request).utf8), Self.megabyte])
  }

  /// The client requested close, and sends a megabyte after it.
  @Test(arguments: clientsLasts) func lastAnswerIsReadByWhoGoesOn(_ last: Last) throws {
    try expectAnswers(last, toPieces: [Array((Request.health + last.request).utf8) + Self.megabyte])
  }

  /// The client keeps its word: nothing is left to wait for, so the connection is gone at once.
  @Test(arguments: clientsLasts) func whoSendsNoMoreIsNotWaitedFor(_ last: Last) throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(Request.health + last.request)
    try expectAnswers(last, to: client)
    let observer = try RawClient(port: server.port)
    #expect(try observer.metric("idgen_connections_open") == 1)
    #expect(try server.stop() == .status(0))
  }

  private static let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1_048_576)

  private func expectAnswers(_ last: Last, toPieces pieces: [[UInt8]]) throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    for piece in pieces { try client.send(piece) }
    try expectAnswers(last, to: client)
    client.finishSending()  // The server waits a little for that.
    #expect(try server.stop() == .status(0))
  }

  private func expectAnswers(_ last: Last, to client: RawClient) throws {
    #expect(try client.readResponse().status == 200)
    let response = try client.readResponse()
    #expect(response.status == last.status)
    #expect(response["Connection"] == "close")
    #expect(try client.readToEnd() == "")
  }

  /// A client that has sent the end of its stream gets all it has asked for, and the end.
  @Test(arguments: [
    ("nothing", "", 0), ("an empty line", "\r\n", 0), ("a request", Request.health, 1),
    ("500 requests", String(repeating: Request.health, count: 500), 500),
    ("half a request", "GET /health HTTP/1.1\r\nHo", 0),
    ("one and a half", Request.health + "GET /health HTTP", 1),
    ("half a body", "POST /id HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", 0),
    ("an error", "GET /health HTTP/1.1\r\n\r\n", 1),
  ])
  func halfClosedClientIsAnswered(name: String, request: String, answerCount: Int) throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(request)
    client.finishSending()
    for _ in 0..<answerCount { _ = try client.readResponse() }
    #expect(try client.readToEnd() == "")
    client.finishSending()  // The server waits a little for that.
    #expect(try server.stop() == .status(0))
  }

  /// The answers are more than sockets hold, and the client begins to read when the time that the
  /// server lingers is over.
  @Test func slowReaderGetsItsLastAnswers() throws {
    let server = try RunningServer()
    let observer = try RawClient(port: server.port)
    let client = try RawClient(port: server.port, receiveBytes: 4096)
    let many = "GET /ids?count=4096 HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.send(String(repeating: many, count: 150) + Self.clientsLasts[0].request)
    try observer.waitForMetric("idgen_held_bytes") { $0 > 0 }
    // Another one that the server lingers for begins later, so when it is gone, that time is over.
    let other = try RawClient(port: server.port)
    try other.send(Self.serversLasts[0].request)
    #expect(try other.readResponse().status == 400)
    try observer.waitForMetric("idgen_connections_open") { $0 == 2 }
    for _ in 0..<150 { #expect(try client.readResponse().status == 200) }
    #expect(try client.readResponse().body == "ok")
    #expect(try client.readToEnd() == "")
    #expect(try server.stop() == .status(0))
  }

  /// RFC 9110 §10.1.1: the client sends no more until it has been told to.
  @Test func continueComesBeforeTheBody() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    for _ in 0..<3 {
      try client.send(
        "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
      #expect(try client.readResponse().status == 100)
      try client.send("hel")
      try client.send("lo")
      #expect(try client.readResponse().body == "ok")
    }
    #expect(try server.stop() == .status(0))
  }

  /// The client has sent nothing more and waits: what is wrong already is told already.
  @Test(arguments: [
    (400, "\u{16}\u{3}\u{1}"), (400, "GET /health\r\n"), (400, "GET / HTTP/1.1\n"),
    (400, "GET / HTTP/1.1\r\nHost: a b\r\n"),
    (505, "PRI * HTTP/2.0\r\n"), (501, String(repeating: "x", count: 33)),
    (414, "GET /" + String(repeating: "x", count: 8192)),
    (431, "GET / HTTP/1.1\r\n" + String(repeating: "x", count: 16_384)),
    (413, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"),
    (413, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff"),
    (400, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n "),
  ])
  func errorDoesNotWait(status: Int, request: String) throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(request)
    #expect(try client.readResponse().status == status)
    #expect(try client.readToEnd() == "")
  }
}
