import Foundation
import Testing

@testable import UV

/// A listener whose connections come with their first bytes.
@Suite struct DeferredAcceptTests {
  private let loop: Loop
  private let acceptor = Acceptor()
  private let listener: TCPListener
  private let address: SocketAddress

  init() throws {
    loop = try Loop()
    listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), defersAccept: true,
      handler: acceptor)
    address = try listener.address
  }

  @Test func connectionIsHeldBackUntilItsClientSends() throws {
    let clients = try RawSockets(count: 2, to: address)
    #expect(listener.defersAccept)
    #expect(listener.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 0)
    clients.send("a", on: 0)
    #expect(listener.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 1)
    try end()
  }

  /// The system gives up after about a second.
  @Test func silentClientIsHandedOver() throws {
    let peer = Peer()
    acceptor.onConnection = { listener in
      let stream = try TCPStream(accepting: listener, handler: peer)
      #expect(!stream.readOnce())
      stream.close()
      listener.close()
    }
    let clients = try RawSockets(count: 1, to: address)
    try loop.runToEnd()
    #expect(peer.events == [.close])
    #expect(clients.closedCount == 1)
  }

  /// What a health check does that only connects.
  @Test func clientThatClosesIsHandedOver() throws {
    let peer = Peer { stream, event in
      if event == .end { stream.close() }
    }
    acceptor.onConnection = { listener in
      let stream = try TCPStream(accepting: listener, handler: peer)
      #expect(stream.readOnce())
      listener.close()
    }
    _ = try RawSockets(count: 1, to: address)
    try loop.runToEnd()
    #expect(peer.events == [.end, .close])
  }

  /// One that is held back has been established for its client: it is not to be lost.
  @Test func heldBackConnectionIsAcceptedAfterHandshakesHaveStopped() throws {
    let clients = try RawSockets(count: 1, to: address)
    #expect(listener.stopHandshakes())
    clients.send("a", on: 0)
    #expect(listener.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 1)
    try end()
  }

  /// Each may be answered at once, so it is the time that is bounded, too.
  @Test func anEventAcceptsForABoundedTime() throws {
    let clients = try RawSockets(count: 3, to: address)
    for index in clients.descriptors.indices { clients.send("a", on: index) }
    acceptor.onConnection = { _ in
      let start = Loop.nowNanoseconds
      while Loop.nowNanoseconds - start < TCPListener.nanosecondsPerEvent {}
    }
    for count in 1...3 {
      loop.runOnce()
      #expect(acceptor.connectionCount == count)
    }
    try end()
  }

  /// The service manager has set it, or not, and may hand the socket to another process.
  @Test(arguments: [false, true]) func inheritedSocketIsLeftAsItIs(defersAccept: Bool) throws {
    let socket = try Descriptor.socket(
      boundTo: SocketAddress(numericHost: "127.0.0.1", port: 0), sharesPort: false)
    if defersAccept { try socket.deferAccept() }
    let inherited = try TCPListener(loop: loop, descriptor: socket.release(), handler: acceptor)
    #expect(inherited.defersAccept == defersAccept)
    inherited.close()
    try end()
  }

  @Test func itIsNotDoneUnlessAskedFor() throws {
    let other = try TCPListener(loop: loop, address: .anyIPv4(port: 0), handler: acceptor)
    #expect(!other.defersAccept)
    other.close()
    try end()
  }

  private func end() throws {
    listener.close()
    try loop.runToEnd()
    #expect(acceptor.failures == [])
  }
}

/// What a stream tells that is asked to read before the loop watches it.
@Suite struct ReadOnceTests {
  struct Input: CustomTestStringConvertible {
    var text = ""
    var thenEnds = false
    var tellsOf: [Peer.Event] = []
    var testDescription: String { "\(text.count) bytes\(thenEnds ? ", end" : "")" }
  }

  static let inputs = [
    Input(), Input(text: "a"), Input(text: "a", thenEnds: true),
    Input(text: String(repeating: "a", count: Loop.readBufferBytes)),
    Input(thenEnds: true, tellsOf: [.end]),
  ]

  /// The loop does not turn meanwhile.
  @Test(arguments: inputs) func tellsOnceOfWhatHasCome(_ input: Input) throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    let clients = try RawSockets(count: 1, to: listener.address)
    clients.send(input.text, on: 0)
    if input.thenEnds { shutdown(clients.descriptors[0], Int32(SHUT_WR)) }
    let peer = Peer()
    acceptor.onConnection = { listener in
      let stream = try TCPStream(accepting: listener, handler: peer)
      #expect(stream.readOnce() == (!input.text.isEmpty || input.thenEnds))
      #expect(peer.received == Array(input.text.utf8))
      #expect(peer.events == input.tellsOf)
      stream.close()
      #expect(!stream.readOnce())
    }
    #expect(listener.accept(upTo: .max) == .empty)
    listener.close()
    try loop.runToEnd()
    #expect(peer.events == input.tellsOf + [.close])
    #expect(acceptor.failures == [])
  }

  @Test func resetIsAFailure() throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    do {
      let clients = try RawSockets(count: 1, to: listener.address)
      var option = linger(l_onoff: 1, l_linger: 0)  // Closing resets.
      let size = socklen_t(MemoryLayout<linger>.size)
      unsafe setsockopt(clients.descriptors[0], SOL_SOCKET, SO_LINGER, &option, size)
    }
    let peer = Peer()
    acceptor.onConnection = { listener in
      let stream = try TCPStream(accepting: listener, handler: peer)
      #expect(stream.readOnce())
      stream.close()
    }
    #expect(listener.accept(upTo: .max) == .empty)
    listener.close()
    try loop.runToEnd()
    #expect(peer.events == [.failure(UVError(code: -ECONNRESET)), .close])
  }
}
