import HTTP1
import Testing
import UV

@testable import HTTPClient

/// After the end nothing is told, and nothing is left on the loop.
struct CloseTests {
  /// What the client is doing when it is closed.
  enum Moment: CaseIterable { case new, lookingUp, connecting, waiting, reading, idle, failing }

  @Test(arguments: Moment.allCases, [false, true])
  func nothingIsToldAfterwards(_ moment: Moment, _ isLetGoOf: Bool) throws {
    let part = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"
    let steps: [ScriptedServer.Step] =
      switch moment {
      case .reading: [.send(part)]
      case .idle: [.send(hello)]
      default: []
      }
    let loop = try Loop()
    let server = try ScriptedServer(loop: loop, script: [[steps]])
    var lookUp: ((Result<[SocketAddress], UVError>) -> Void)?
    var client: HTTPClient? = try HTTPClient(loop: loop, host: "name.test", port: 1) {
      lookUp = $3
    }
    var outcomes: [Outcome] = []
    if moment != .new {
      client?.send(
        try HTTPRequest(target: "/"), timeoutMilliseconds: Harness.timeoutMilliseconds
      ) { outcomes.append($0) }
    }
    switch moment {
    case .new, .lookingUp: break
    case .connecting: lookUp?(.success([server.address]))
    case .failing: lookUp?(.failure(.unknownName))
    case .waiting, .reading, .idle:
      lookUp?(.success([server.address]))
      while server.requests.first?.isEmpty ?? true { loop.runOnce() }
      while moment == .idle, outcomes.isEmpty { loop.runOnce() }
      if moment == .reading { loop.runOnce() }
    }
    let outcomesBefore = outcomes
    if isLetGoOf {
      weak let weakClient = client
      client = nil
      #expect(weakClient == nil)
    } else {
      client?.close()
      client?.close()
      client?.send(try HTTPRequest(target: "/"), timeoutMilliseconds: 1) { outcomes.append($0) }
      #expect(client?.isBusy == false)
    }
    lookUp?(.success([server.address]))
    server.listener.close()
    // Ends only if the client has closed its connection, for the server's sessions wait for that.
    try loop.runToEnd()
    #expect(outcomes == outcomesBefore)
    #expect(outcomes == (moment == .idle ? [.success(HTTPResponse("hello"))] : []))
  }

  /// Within a completion, whatever it is called with.
  @Test(arguments: [hello, "garbage\r\n"]) func closeInCompletion(_ response: String) throws {
    let harness = try Harness([[[.send(response)]]])
    var count = 0
    harness.client?.send(
      try HTTPRequest(target: "/"), timeoutMilliseconds: Harness.timeoutMilliseconds
    ) { [weak harness] _ in
      count += 1
      harness?.client?.close()
    }
    harness.run { count > 0 }
    try harness.finish()
    #expect(count == 1)
  }
}
