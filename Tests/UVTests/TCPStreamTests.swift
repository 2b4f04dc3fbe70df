import Foundation
import Testing

@testable import UV

@Suite struct TCPStreamTests {
  /// More than the system's buffers hold in both directions.
  private static let largeByteCount = 16 << 20

  /// Repeats itself only after many times a buffer's length, so that what is lost or swapped shows.
  private static let largeContent: [UInt8] = {
    var bytes = (0..<251).map { UInt8($0) }
    while bytes.count < largeByteCount { bytes += bytes }
    return Array(bytes.prefix(largeByteCount))
  }()

  @Test func echoesWhatItReadsUnderBackpressure() throws {
    let queueLimit = 1 << 20
    let content = Self.largeContent
    var (longestQueue, pauses, echoedByteCount) = (0, 0, 0)
    weak var connection: Loopback?

    func echo(_ stream: TCPStream, _ event: Peer.Event) throws {
      switch event {
      case .open: try stream.startReading()
      case .read:
        let received = try #require(connection).server.received
        try stream.write(received.span.extracting(echoedByteCount..<received.count))
        echoedByteCount = received.count
        longestQueue = max(longestQueue, stream.queuedByteCount)
        if stream.queuedByteCount >= queueLimit {
          pauses += 1
          stream.stopReading()
          // Not before: that nobody reads is what fills the queue.
          try connection?.clientStream?.startReading()
        }
      case .drain where connection?.server.events.contains(.end) == true: stream.close()
      case .drain: try stream.startReading()
      case .end where stream.queuedByteCount == 0: stream.close()
      case .end, .failure, .close: break
      }
    }
    let loopback = try Loopback(loop: Loop(), server: echo) { stream, event in
      switch event {
      case .open:
        try stream.write(content.span)
        #expect(stream.queuedByteCount > 0)
      case .drain:
        #expect(stream.queuedByteCount == 0)
        stream.shutdown()
      case .end: stream.close()
      case .read, .failure, .close: break
      }
    }
    connection = loopback
    try loopback.run()
    #expect(Data(loopback.client.received) == Data(content))
    #expect(pauses > 0)
    #expect(longestQueue < queueLimit + Loop.readBufferBytes)
    #expect(loopback.server.events.filter { $0 != .drain } == [.open, .end, .close])
    #expect(loopback.client.events == [.open, .drain, .end, .close])
  }

  @Test func shutdownComesBehindWhatIsQueued() throws {
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        if event == .open {
          try stream.write(Self.largeContent.span)
          stream.shutdown()
        }
        if event == .drain { stream.close() }
      },
      client: { stream, event in
        if event == .open { try stream.startReading() }
        if event == .end { stream.close() }
      })
    try connection.run()
    #expect(Data(connection.client.received) == Data(Self.largeContent))
    #expect(connection.server.events == [.open, .drain, .close])
    #expect(connection.client.events == [.open, .end, .close])
  }

  @Test func halfClosedPeerCanStillBeWrittenTo() throws {
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        if event == .open { try stream.startReading() }
        if event == .end {
          try stream.write([1, 2, 3].span)
          stream.close()
        }
      },
      client: { stream, event in
        if event == .open {
          stream.shutdown()
          try stream.startReading()
        }
        if event == .end { stream.close() }
      })
    try connection.run()
    #expect(connection.client.received == [1, 2, 3])
  }

  // MARK: Failures

  @Test(arguments: ["127.0.0.1", "::1"]) func connectionRefusedIsTold(host: String) throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: host, port: 0), handler: acceptor)
    let address = try listener.address
    listener.close()
    try loop.runToEnd()

    let peer = Peer()
    let stream = try TCPStream(loop: loop, handler: peer)
    var outcomes: [UVError?] = []
    try stream.connect(to: address) { error in
      outcomes.append(error)
      stream.close()
    }
    try loop.runToEnd()
    #expect(outcomes == [UVError(code: -ECONNREFUSED)])
    #expect(peer.events == [.close])
    #expect(acceptor.failures == [])
  }

  @Test func closeCancelsConnecting() throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    let stream = try TCPStream(loop: loop, handler: Peer())
    var outcomes: [UVError?] = []
    try stream.connect(to: listener.address) { outcomes.append($0) }
    stream.close()
    listener.close()
    try loop.runToEnd()
    #expect(outcomes == [UVError(code: -ECANCELED)])
    #expect(acceptor.failures == [])
  }

  /// To close with bytes unread is to reset: RFC 1122 §4.2.2.13.
  @Test func resetIsToldByReading() throws {
    weak var connection: Loopback?
    let loopback = try Loopback(
      loop: Loop(),
      server: { stream, event in
        if event == .open {
          try stream.startReading()
          try stream.write([1].span)
          connection?.clientStream?.close()
        }
        if case .failure = event { stream.close() }
      })
    connection = loopback
    try loopback.run()
    #expect(loopback.server.events == [.open, .failure(UVError(code: -ECONNRESET)), .close])
  }

  /// And does not end the process by SIGPIPE.
  @Test func writingToAClosedPeerFails() throws {
    var failure: UVError?
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        if event == .open { stream.close() }
      },
      client: { stream, event in
        if event == .open { try stream.startReading() }
        guard event == .end else { return }
        do throws(UVError) {
          // The first is answered with a reset.
          for _ in 0..<1000 { try stream.write([1].span) }
        } catch {
          failure = error
        }
        stream.close()
      })
    try connection.run()
    #expect([-EPIPE, -ECONNRESET].contains(try #require(failure).code))
  }
}
