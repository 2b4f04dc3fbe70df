import BuildInfo
import HTTP1
import Testing
import UV

@testable import HTTPClient

/// Which connection a request has, and when a connection ends.
struct ConnectionTests {
  typealias Step = ScriptedServer.Step

  @Test func isReused() throws {
    let harness = try Harness([Array(repeating: [.send(hello)], count: 20)])
    for _ in 0..<20 { #expect(try harness.exchange() == .success(HTTPResponse("hello"))) }
    #expect(harness.server.requests.map(\.count) == [20])
    try harness.finish()
  }

  /// As the server has them, and with what the other half of HTTP makes of them.
  @Test func requestsAreWhole() throws {
    let harness = try Harness([[[.send(hello)], [.send(hello)]]])
    let body = String(repeating: "x", count: 3_000_000)
    let request = try HTTPRequest(
      method: .post, target: "/a", authorization: "t", contentType: "text/plain",
      body: Array(body.utf8))
    #expect(try harness.exchange(request) == .success(HTTPResponse("hello")))
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    let common = """
      Host: 127.0.0.1:\(harness.server.address.port)\r
      User-Agent: idgen/\(BuildInfo.version)\r

      """
    let fields = "Authorization: t\r\nContent-Type: text/plain\r\nContent-Length: 3000000\r\n"
    #expect(
      harness.server.requests == [
        [
          "POST /a HTTP/1.1\r\n\(common)\(fields)\r\n\(body)",
          "GET / HTTP/1.1\r\n\(common)\r\n",
        ]
      ])
    try harness.finish()
  }

  /// After each of these a connection must not be used again, although the response is good.
  @Test(
    arguments: [
      [.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")],
      [.send("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")],
      [.send(hello + "x")],
      [.send(hello + hello)],
      [.send(hello), .close],
    ] as [[Step]])
  func isNotReused(_ steps: [Step]) throws {
    let harness = try Harness([[steps, [.send(hello)]], [steps], [[.send(hello)]]])
    for _ in 0..<3 { #expect(try harness.exchange() == .success(HTTPResponse("hello"))) }
    #expect(harness.server.requests.map(\.count) == [1, 1, 1])
    try harness.finish()
  }

  enum IdleEvent: CaseIterable { case end, bytes }

  /// Whether the loop has told of it or not when the next request comes.
  @Test(arguments: IdleEvent.allCases, [false, true])
  func idleConnectionIsReplaced(_ event: IdleEvent, _ isTold: Bool) throws {
    let harness = try Harness([[[.send(hello)], [.send("garbage")]], [[.send(hello)]]])
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    let session = try #require(harness.server.sessions.first)
    switch event {
    case .end: session.close()
    case .bytes: session.send(hello)
    }
    if isTold {
      harness.loop.runOnce()
      if event == .bytes { harness.run { session.hasEnded } }
    }
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    #expect(harness.server.requests.map(\.count) == [1, 1])
    try harness.finish()
  }

  /// A response to a request that has not been sent whole is good; its connection is not.
  @Test func earlyResponse() throws {
    let harness = try Harness([[], [[.send(hello)]]])
    let large = try HTTPRequest(
      method: .post, target: "/", body: [UInt8](repeating: 0, count: 32 << 20))
    var outcome: Outcome?
    harness.client?.send(large, timeoutMilliseconds: Harness.timeoutMilliseconds) { outcome = $0 }
    harness.run { !harness.server.sessions.isEmpty }
    harness.server.sessions[0].send("HTTP/1.1 413 \r\nContent-Length: 0\r\n\r\n")
    harness.server.sessions[0].stopReading()
    harness.run { outcome != nil }
    #expect(outcome == .success(HTTPResponse(413, "")))
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    #expect(harness.server.sessions.count == 2)
    try harness.finish()
  }

  @Test func oneRequestAtATime() throws {
    let harness = try Harness([[[.send(hello)]]])
    let client = try #require(harness.client)
    let request = try HTTPRequest(target: "/")
    var outcomes: [Outcome] = []
    client.send(request, timeoutMilliseconds: Harness.timeoutMilliseconds) { outcomes.append($0) }
    #expect(client.isBusy)
    client.send(request, timeoutMilliseconds: 1) { outcomes.append($0) }
    #expect(outcomes == [.failure(.notSent(.busy))])
    harness.run { outcomes.count == 2 }
    #expect(outcomes.last == .success(HTTPResponse("hello")))
    #expect(!client.isBusy)
    try finish(harness, client)
  }

  private func finish(_ harness: Harness, _ client: HTTPClient) throws {
    client.close()
    harness.server.close()
    try harness.loop.runToEnd()
  }

  /// A completion may send the next request.
  @Test func oneFromTheOther() throws {
    let harness = try Harness([Array(repeating: [.send(hello)], count: 3)])
    let client = try #require(harness.client)
    let request = try HTTPRequest(target: "/")
    var outcomes: [Outcome] = []
    func next() {
      client.send(request, timeoutMilliseconds: Harness.timeoutMilliseconds) {
        outcomes.append($0)
        if outcomes.count < 3 { next() } else { client.close() }
      }
    }
    next()
    harness.run { outcomes.count == 3 }
    #expect(outcomes.allSatisfy { $0 == .success(HTTPResponse("hello")) })
    try finish(harness, client)
  }
}
