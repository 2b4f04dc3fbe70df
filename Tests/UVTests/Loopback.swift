import Testing

@testable import UV

/// One connection of this process with itself: a listener that takes one client, and both ends.
final class Loopback {
  typealias Reaction = (TCPStream, Peer.Event) throws -> Void

  let loop: Loop
  let server: Peer
  let client: Peer
  private(set) var serverStream: TCPStream?
  private(set) var clientStream: TCPStream?
  private let acceptor = Acceptor()

  /// Both ends read from the beginning unless told otherwise.
  ///
  /// - Parameters:
  ///   - server: what the accepting end does when something happens.
  ///   - client: the same for the connecting end.
  init(
    loop: Loop, host: String = "127.0.0.1", listeningOn listeningHost: String? = nil,
    server: @escaping Reaction = { _, _ in }, client: @escaping Reaction = { _, _ in }
  ) throws {
    self.loop = loop
    self.server = Peer(server)
    self.client = Peer(client)
    let address = try SocketAddress(numericHost: listeningHost ?? host, port: 0)
    let listener = try TCPListener(loop: loop, address: address, handler: acceptor)
    acceptor.onConnection = { [unowned self] listener in
      let stream = try TCPStream(accepting: listener, handler: self.server)
      serverStream = stream
      listener.close()
      self.server.handle(.open, on: stream)
    }
    let stream = try TCPStream(loop: loop, handler: self.client)
    clientStream = stream
    let target = try SocketAddress(numericHost: host, port: try listener.address.port)
    try stream.connect(to: target) { [peer = self.client] error in
      peer.handle(error.map { .failure($0) } ?? .open, on: stream)
    }
  }

  /// Runs until all is closed.
  func run() throws {
    try loop.runToEnd()
    #expect(acceptor.failures == [])
    (serverStream, clientStream) = (nil, nil)
  }
}

/// One end of a connection: remembers what it was told, and lets a test react.
final class Peer: TCPStreamHandler {
  enum Event: Equatable {
    case open, read, end, drain, close
    case failure(UVError)
  }

  private(set) var received: [UInt8] = []
  /// Without the reads, of which there may be any number.
  private(set) var events: [Event] = []
  private let react: (TCPStream, Event) throws -> Void

  init(_ react: @escaping (TCPStream, Event) throws -> Void = { _, _ in }) {
    self.react = react
  }

  func handle(_ event: Event, on stream: TCPStream) {
    if event != .read { events.append(event) }
    do {
      try react(stream, event)
    } catch {
      Issue.record(error)
      stream.close()
    }
  }

  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe received.append(contentsOf: $0) }
    handle(.read, on: stream)
  }

  func streamDidReachEnd(_ stream: TCPStream) { handle(.end, on: stream) }
  func streamDidWrite(_ stream: TCPStream) {
    if stream.queuedByteCount == 0 { handle(.drain, on: stream) }
  }
  func stream(_ stream: TCPStream, didFail error: UVError) { handle(.failure(error), on: stream) }
  func streamDidClose(_ stream: TCPStream) { handle(.close, on: stream) }
}

/// Passes a listener's clients on to a closure.
final class Acceptor: TCPListenerHandler {
  var onConnection: (TCPListener) throws -> Void = { _ in }
  private(set) var connectionCount = 0
  private(set) var failures: [UVError] = []

  func listenerDidReceiveConnection(_ listener: TCPListener) {
    connectionCount += 1
    do {
      try onConnection(listener)
    } catch {
      Issue.record(error)
      listener.close()
    }
  }

  func listener(_ listener: TCPListener, didFailToAccept error: UVError) { failures.append(error) }
}

extension Loop {
  /// Runs until nothing is active. One that would go on for ever is stopped, and has failed.
  func runToEnd(limitMilliseconds: UInt64 = 60_000) throws {
    let limit = try Timer(loop: self)
    limit.start(afterMilliseconds: limitMilliseconds) { [unowned self] in
      Issue.record("the loop did not come to its end")
      stop()
    }
    limit.unreference()
    run()
    limit.close()
    run()
  }
}
