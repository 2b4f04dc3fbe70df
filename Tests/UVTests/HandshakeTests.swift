import Foundation
import Testing

@testable import UV

/// A listener that is about to close: what it has the system do with connections that are being
/// opened.
@Suite struct HandshakeTests {
  private let loop: Loop
  private let acceptor = Acceptor()

  init() throws { loop = try Loop() }

  /// What has been established is accepted, nothing new is, and nobody is reset by the close.
  @Test(arguments: TCPListenerTests.families)
  func noneBeginsOnceStopped(_ hosts: (listening: String, client: String)) throws {
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: hosts.listening, port: 0), handler: acceptor)
    let address = try SocketAddress(numericHost: hosts.client, port: listener.address.port)
    let before = try ConnectingSocket(to: address)
    #expect(before.isConnected(withinMilliseconds: 10_000))

    #expect(listener.stopHandshakes())
    let after = try ConnectingSocket(to: address)
    #expect(!after.isConnected(withinMilliseconds: 100))
    #expect(listener.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 1)
    listener.close()
    #expect(try ConnectingSocket(to: address).isRefused)
    try loop.runToEnd()
  }

  /// The filter sees every segment to a connection that is accepted behind it, and lets it pass.
  @Test func connectionsThatAreAcceptedAfterwardsAreServed() throws {
    let echo = Peer { stream, event in
      if event == .end { stream.close() }
    }
    acceptor.onConnection = { try TCPStream(accepting: $0, handler: echo).startReading() }
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    let clients = try RawSockets(count: 1, to: listener.address)
    #expect(listener.stopHandshakes())
    #expect(listener.accept(upTo: .max) == .empty)
    listener.close()
    clients.send("abc", on: 0)
    shutdown(clients.descriptors[0], Int32(SHUT_WR))
    try loop.runToEnd()
    #expect(echo.received == Array("abc".utf8))
    #expect(echo.events == [.end, .close])
  }

  /// Whoever shares the port gets the connections: those that were dropped are asked for again.
  @Test func anotherListenerOfThePortGoesOn() throws {
    func listen(on address: SocketAddress) throws -> TCPListener {
      try TCPListener(loop: loop, address: address, sharesPort: true, handler: acceptor)
    }
    let first = try listen(on: SocketAddress(numericHost: "127.0.0.1", port: 0))
    let second = try listen(on: first.address)
    #expect(first.stopHandshakes())
    let address = try first.address
    // The system picks by the client's port: one listener alone in 1 of 2^63 runs.
    let clients = try (0..<64).map { _ in try ConnectingSocket(to: address) }
    let connectedCount = clients.count { $0.isConnected(withinMilliseconds: 5) }
    #expect(1..<64 ~= connectedCount)
    #expect(first.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 0)
    first.close()
    #expect(clients.allSatisfy { $0.isConnected(withinMilliseconds: 60_000) })
    #expect(second.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 64)
    second.close()
    try loop.runToEnd()
  }

  /// It is for the next process that gets it, which must not find a filter.
  @Test func inheritedSocketIsLeftAsItIs() throws {
    let socket = try Descriptor.socket(
      boundTo: SocketAddress(numericHost: "127.0.0.1", port: 0), sharesPort: false)
    let copy = try Descriptor(dup(socket.number))
    let listener = try TCPListener(loop: loop, descriptor: socket.release(), handler: acceptor)
    let address = try listener.address
    #expect(!listener.stopHandshakes())
    let during = try ConnectingSocket(to: address)
    #expect(during.isConnected(withinMilliseconds: 10_000))
    listener.close()
    try loop.runToEnd()
    let next = try TCPListener(loop: loop, descriptor: copy.release(), handler: acceptor)
    let after = try ConnectingSocket(to: address)
    #expect(after.isConnected(withinMilliseconds: 10_000))
    #expect(next.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 2)
    next.close()
    try loop.runToEnd()
  }

  @Test func closedListenerHasNothingToStop() throws {
    let listener = try TCPListener(loop: loop, address: .anyIPv4(port: 0), handler: acceptor)
    listener.close()
    #expect(!listener.stopHandshakes())
    try loop.runToEnd()
  }
}

/// A client whose handshake may be under way: a socket that does not block.
private final class ConnectingSocket {
  private let descriptor: CInt

  init(to address: SocketAddress) throws {
    let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(address.isIPv6 ? AF_INET6 : AF_INET, type, 0)
    guard descriptor >= 0 else { throw UVError(code: -errno) }
    let status = unsafe address.withPointer { unsafe connect(descriptor, $0, address.byteCount) }
    guard status == 0 || errno == EINPROGRESS else { throw UVError(code: -errno) }
  }

  deinit { close(descriptor) }

  func isConnected(withinMilliseconds milliseconds: CInt) -> Bool {
    events(withinMilliseconds: milliseconds) == Int16(POLLOUT)
  }

  var isRefused: Bool { events(withinMilliseconds: 10_000) & Int16(POLLERR) != 0 }

  private func events(withinMilliseconds milliseconds: CInt) -> Int16 {
    var file = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&file, 1, milliseconds) == 1 ? file.revents : 0
  }
}
