import HTTP1
import Testing
import UV

@testable import HTTPClient

typealias Outcome = Result<HTTPResponse, HTTPClientError>

/// A client and a scripted server on one loop.
final class Harness {
  let loop: Loop
  let server: ScriptedServer
  private(set) var client: HTTPClient?

  /// Long enough for any machine: where a timeout is expected, a test says a short one.
  static let timeoutMilliseconds: UInt64 = 30_000

  /// - Parameter addresses: what the client's name stands for, given the server's address; `nil` if
  ///   it is that address, without a name.
  init(
    _ script: [[[ScriptedServer.Step]]], limits: ResponseLimits = ResponseLimits(),
    addresses: ((SocketAddress) -> [SocketAddress])? = nil
  ) throws {
    loop = try Loop()
    server = try ScriptedServer(loop: loop, script: script)
    let address = server.address
    client = try HTTPClient(
      loop: loop, host: addresses == nil ? "127.0.0.1" : "name.test", port: address.port,
      limits: limits
    ) { _, _, _, completion in
      completion(.success(addresses?(address) ?? []))
    }
  }

  /// Sends a request and runs the loop until it has its outcome.
  func exchange(
    _ request: HTTPRequest? = nil, timeoutMilliseconds: UInt64 = timeoutMilliseconds
  ) throws -> Outcome {
    var outcome: Outcome?
    try #require(client).send(
      try request ?? HTTPRequest(target: "/"), timeoutMilliseconds: timeoutMilliseconds
    ) {
      #expect(outcome == nil)
      outcome = $0
    }
    #expect(outcome == nil, "told before `send` has returned")
    while outcome == nil { loop.runOnce() }
    return try #require(outcome)
  }

  /// Runs the loop until something holds.
  func run(until condition: () -> Bool) {
    while !condition() { loop.runOnce() }
  }

  /// Closes everything; the loop must come to its end by that, and nothing outlive it.
  func finish() throws {
    client?.close()
    server.close()
    try expectEnd()
  }

  /// The client closes by being let go of.
  func finishWithoutClosingClient() throws {
    server.close()
    try expectEnd()
  }

  private func expectEnd() throws {
    weak let client = client
    self.client = nil
    #expect(client == nil, "something keeps the client")
    try loop.runToEnd()
  }
}

extension Loop {
  /// Runs until nothing is active. One that would go on for ever is stopped, and has failed.
  func runToEnd() throws {
    let limit = try Timer(loop: self)
    var hasEnded = true
    limit.start(afterMilliseconds: 20_000) { [unowned self] in
      hasEnded = false
      stop()
    }
    limit.unreference()
    run()
    limit.close()
    #expect(hasEnded, "something is open that should have been closed")
    if hasEnded { run() }
  }
}

extension HTTPResponse {
  init(_ status: Int, _ body: String) {
    self.init(status: status, body: Array(body.utf8))
  }

  init(_ body: String) { self.init(200, body) }
}

let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
