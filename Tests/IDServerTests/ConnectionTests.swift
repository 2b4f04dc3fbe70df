import API
import Glibc
import Testing
import UV

@testable import IDServer

/// What a connection does as its client reads, or does not: both ends are on the server's loop.
struct ConnectionTests {
  /// Thousands may catch up at the same time: each gets its next step in turn, none in the
  /// callback.
  @Test func whoCatchesUpWaitsForItsNextStep() throws {
    try withConnection { server, connection, client in
      client.ask(2000)
      server.runLoop { connection.state == .blocked }
      try client.stream.startReading()
      var answerCount = 0
      server.runLoop {
        guard connection.state == .blocked else { return true }
        answerCount = server.service.metrics.totalAnswers
        return false
      }
      #expect(connection.state == .yielded)
      #expect(server.service.metrics.totalAnswers == answerCount)
      server.runLoop { server.service.metrics.totalAnswers == 2001 && connection.isAtRest }
    }
  }

  /// A client that has read everything, and then leaves more unread than before, has made progress.
  @Test func progressIsMeasuredFromTheLastTimeThatAllWasRead() throws {
    try withConnection { server, connection, client in
      var answerCount = 1
      while connection.isAtRest {
        client.ask(1)
        answerCount += 1
        server.runLoop { server.service.metrics.totalAnswers == answerCount }
      }
      connection.expire()
      #expect(server.main.connections.openCount == 1)
      try client.stream.startReading()
      server.runLoop { connection.isAtRest }
      client.stream.stopReading()
      client.ask(2000)
      server.runLoop { connection.state == .blocked }
      connection.expire()
      #expect(server.main.connections.openCount == 1)
      connection.expire()
      #expect(server.main.connections.openCount == 0, "it has read nothing since")
    }
  }

  /// A connection on which one request has been answered, and its client, which does not read.
  private func withConnection(
    _ body: (Server, Connection, ReadingClient) throws -> Void
  ) throws {
    let server = try makeServer()
    let client = try ReadingClient(of: server)
    client.ask(1)
    server.runLoop { server.service.metrics.totalAnswers == 1 }
    let connection = try #require(server.main.connections.all.first)
    try body(server, connection, client)
    client.stream.close()
    connection.close()
    server.didReceiveSignal(SIGTERM)
    try server.run()
  }
}

/// A client that asks for a document, and reads only while its test wants that.
private final class ReadingClient: TCPStreamHandler {
  private(set) var stream: TCPStream!

  init(of server: Server) throws {
    stream = try TCPStream(loop: server.loop, handler: self)
    let port = try #require(server.main.listener).address.port
    var isConnected = false
    try stream.connect(to: try SocketAddress(numericHost: "127.0.0.1", port: port)) { error in
      #expect(error == nil)
      isConnected = true
    }
    server.runLoop { isConnected }
  }

  func ask(_ count: Int) {
    let requests = Array(
      String(repeating: "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n", count: count).utf8)
    do { try stream.write(requests.span) } catch { Issue.record(error) }
  }

  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {}
  func streamDidReachEnd(_ stream: TCPStream) { stream.close() }
  func streamDidWrite(_ stream: TCPStream) {}
  func stream(_ stream: TCPStream, didFail error: UVError) { stream.close() }
  func streamDidClose(_ stream: TCPStream) {}
}

extension Server {
  /// Runs the loop until something has happened, which is looked at before each round.
  fileprivate func runLoop(until hasHappened: () -> Bool) {
    for _ in 0..<100_000 {
      if hasHappened() { return }
      loop.runOnce()
    }
    Issue.record("it has not happened in 100,000 rounds")
  }
}
