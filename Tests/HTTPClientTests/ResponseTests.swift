import HTTP1
import HTTPClient
import Testing
import UV

/// What a client makes of what a server sends, over a real connection.
struct ResponseTests {
  typealias Step = ScriptedServer.Step

  /// Cut in two at every byte, and once whole, on one kept connection.
  @Test(arguments: [
    (hello, HTTPResponse("hello")),
    ("HTTP/1.1 204 \r\n\r\n", HTTPResponse(204, "")),
    (
      "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n",
      HTTPResponse("hello")
    ),
    ("HTTP/1.1 100 \r\n\r\nHTTP/1.1 503 \r\nContent-Length: 2\r\n\r\nno", HTTPResponse(503, "no")),
  ])
  func cutEverywhere(_ text: String, _ response: HTTPResponse) throws {
    let cuts: [[Step]] = text.indices.map {
      [.send(String(text[..<$0])), .sendLater(String(text[$0...]))]
    }
    let harness = try Harness([cuts])
    for _ in cuts { #expect(try harness.exchange() == .success(response)) }
    #expect(harness.server.sessions.count == 1)
    try harness.finish()
  }

  @Test func byteByByte() throws {
    let harness = try Harness([[hello.map { .sendLater(String($0)) }]])
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    try harness.finish()
  }

  /// The end of the connection ends the body; the next request has another connection.
  @Test(arguments: ["", "hello"]) func untilClose(_ body: String) throws {
    let steps: [Step] = [.send("HTTP/1.1 200 OK\r\n\r\n"), .sendLater(body), .close]
    let harness = try Harness([[steps], [steps]])
    for _ in 0..<2 { #expect(try harness.exchange() == .success(HTTPResponse(body))) }
    #expect(harness.server.sessions.count == 2)
    try harness.finish()
  }

  @Test func headHasNoBody() throws {
    let harness = try Harness([
      [
        [.send("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n")], [.send(hello)],
      ]
    ])
    #expect(
      try harness.exchange(HTTPRequest(method: .head, target: "/")) == .success(HTTPResponse("")))
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    #expect(harness.server.sessions.count == 1)
    try harness.finish()
  }

  /// Each leaves the client fit for the next request, on another connection.
  @Test(
    arguments: [
      ([.send("garbage\r\n")], .invalidStatusLine),
      ([.send("\r\n" + hello)], .invalidStatusLine),
      ([.send("HTTP/2.0 200 OK\r\n\r\n")], .unsupportedVersion),
      ([.send("HTTP/1.1 101 \r\n\r\n")], .unrequestedUpgrade),
      ([.close], .truncated),
      ([.send("H"), .close], .truncated),
      ([.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), .close], .truncated),
      (
        [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), .sendLater(""), .close],
        .truncated
      ),
      (
        [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"), .close],
        .truncated
      ),
      ([.send("HTTP/1.1 200 \r\nContent-Length: 65\r\n\r\n")], .message(.bodyTooLarge)),
      (
        [.send("HTTP/1.1 200 \r\n\r\n" + String(repeating: "a", count: 65))],
        .message(.bodyTooLarge)
      ),
      (
        [.send("HTTP/1.1 200 \r\nA: " + String(repeating: "b", count: 128))],
        .message(.headTooLarge)
      ),
    ] as [([Step], ResponseError)])
  func noResponse(_ steps: [Step], _ error: ResponseError) throws {
    let harness = try Harness(
      [[steps], [[.send(hello)]]], limits: ResponseLimits(headBytes: 128, bodyBytes: 64))
    #expect(try harness.exchange() == .failure(.outcomeUnknown(.response(error))))
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    #expect(harness.server.sessions.count == 2)
    try harness.finish()
  }

  /// Nothing, a part, and interim responses without end.
  @Test(
    arguments: [
      [], [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")],
      [.send(String(repeating: "HTTP/1.1 100 \r\n\r\n", count: 10_000))],
    ] as [[Step]])
  func silence(_ steps: [Step]) throws {
    let harness = try Harness([[steps], [[.send(hello)]]])
    #expect(
      try harness.exchange(timeoutMilliseconds: 500)
        == .failure(.outcomeUnknown(.timedOut(milliseconds: 500))))
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    #expect(harness.server.sessions.count == 2)
    try harness.finish()
  }
}
