import Foundation
import Testing

@testable import UV

/// How a listener accepts: it is the same with every version of libuv.
@Suite struct AcceptTests {
  private let loop: Loop
  private let acceptor = Acceptor()
  private let listener: TCPListener
  private let address: SocketAddress

  init() throws {
    loop = try Loop()
    listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    address = try listener.address
  }

  @Test func anEventAcceptsABoundedNumber() throws {
    let bound = TCPListener.connectionsPerEvent
    let clients = try RawSockets(count: 2 * bound + 3, to: address)
    var counts: [Int] = []
    for _ in 0..<3 {
      loop.runOnce()
      counts.append(acceptor.connectionCount)
    }
    #expect(counts == [bound, 2 * bound, 2 * bound + 3])
    #expect(clients.closedCount == clients.descriptors.count)
    try end()
  }

  static let bounds: [(count: Int, backlog: TCPListener.Backlog, acceptedCount: Int)] = [
    (0, .unknown, 0), (1, .unknown, 1), (199, .unknown, 199), (200, .unknown, 200),
    (201, .empty, 200), (.max, .empty, 200),
  ]

  /// Without a turn of the loop.
  @Test(arguments: bounds) func acceptsAtOnceWhatIsAskedFor(
    _ bound: (count: Int, backlog: TCPListener.Backlog, acceptedCount: Int)
  ) throws {
    let clients = try RawSockets(count: 200, to: address)
    #expect(listener.accept(upTo: bound.count) == bound.backlog)
    #expect(acceptor.connectionCount == bound.acceptedCount)
    #expect(listener.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 200)
    #expect(clients.closedCount == 200)
    try end()
  }

  @Test func pausedListenerAcceptsWhenItIsAskedOnly() throws {
    listener.pause()
    let clients = try RawSockets(count: 3, to: address)
    try turn(5)
    #expect(acceptor.connectionCount == 0)
    #expect(listener.accept(upTo: 2) == .unknown)
    try turn(5)
    #expect(acceptor.connectionCount == 2)
    #expect(listener.accept(upTo: 2) == .empty)
    #expect(clients.closedCount == 3)
    try end()
  }

  @Test func handlerThatClosesTheListenerIsToldOfNoMore() throws {
    let clients = try RawSockets(count: 3, to: address)
    acceptor.onConnection = { $0.close() }
    #expect(listener.accept(upTo: .max) == .empty)
    #expect(acceptor.connectionCount == 1)
    #expect(clients.closedCount == 3)
    try end()
  }

  /// The loop does not turn meanwhile: it need not, for the port to be free.
  @Test func closingFreesThePortAtOnce() throws {
    listener.close()
    #expect(throws: UVError(code: -ECONNREFUSED)) { try RawSockets(count: 1, to: address) }
    let next = try TCPListener(loop: loop, address: address, handler: acceptor)
    next.close()
    try end()
  }

  @Test func inheritedSocketIsMadeNotToBlock() throws {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    let local = try SocketAddress(numericHost: "127.0.0.1", port: 0)
    try #require(unsafe local.withPointer { unsafe bind(descriptor, $0, local.byteCount) } == 0)
    let inherited = try TCPListener(loop: loop, descriptor: descriptor, handler: acceptor)
    #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
    #expect(inherited.accept(upTo: 1) == .empty)
    let clients = try RawSockets(count: 2, to: inherited.address)
    #expect(inherited.accept(upTo: .max) == .empty)
    #expect(clients.closedCount == 2)
    inherited.close()
    try end()
  }

  /// Turns the loop without waiting.
  private func turn(_ count: Int) throws {
    let timer = try UV.Timer(loop: loop)
    for _ in 0..<count {
      timer.start(afterMilliseconds: 1) {}
      loop.runOnce()
    }
    timer.close()
  }

  private func end() throws {
    listener.close()
    try loop.runToEnd()
    #expect(acceptor.failures == [])
  }
}

/// Each in a process of its own, where nobody else opens files.
@Suite struct DescriptorLimitTests {
  /// The clients are told at once, by a close, and the next ones are served as soon as there are
  /// descriptors.
  @Test func withoutDescriptorsConnectionsAreTurnedAway() async {
    await #expect(processExitsWith: .success) {
      let loop = try Loop()
      let acceptor = Acceptor()
      let listener = try TCPListener(
        loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
      let clients = try RawSockets(count: 100, to: listener.address)
      let limit = fillDescriptors()
      let backlogs = withDescriptorLimit(limit) {
        (0..<4).map { _ in listener.accept(upTo: 33) }
      }
      // At the end nobody waits, although there are no descriptors even to see that.
      try #require(backlogs == [.unknown, .unknown, .unknown, .empty])
      #expect(acceptor.failures == Array(repeating: UVError(code: -EMFILE), count: 100))
      #expect(acceptor.connectionCount == 0)
      #expect(clients.closedCount == 100)

      let others = try RawSockets(count: 10, to: listener.address)
      #expect(listener.accept(upTo: .max) == .empty)
      #expect(acceptor.connectionCount == 10)
      #expect(others.closedCount == 10)
      listener.close()
      try loop.runToEnd()
    }
  }

  /// Without even the descriptor that is kept in reserve, connections wait, and so does the
  /// listener: it does not try in every turn of the loop.
  @Test func withoutTheReserveTheListenerTriesNowAndThen() async {
    await #expect(processExitsWith: .success) {
      let loop = try Loop()
      let acceptor = Acceptor()
      let listener = try TCPListener(
        loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
      let clients = try RawSockets(count: 3, to: listener.address)
      withDescriptorLimit(0) { loop.runOnce() }
      #expect(acceptor.failures == [UVError(code: -EMFILE)])

      let start = loop.nowMilliseconds
      let timer = try UV.Timer(loop: loop)
      timer.start(afterMilliseconds: 1) {}
      loop.runOnce()
      let elapsed = loop.nowMilliseconds - start
      #expect(acceptor.connectionCount == 0 || elapsed >= TCPListener.retryMilliseconds)
      while acceptor.connectionCount < 3 { loop.runOnce() }
      #expect(acceptor.failures.count == 1)
      #expect(clients.closedCount == 3)
      timer.close()
      listener.close()
      try loop.runToEnd()
    }
  }
}
