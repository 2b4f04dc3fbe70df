import HTTP1
import Testing
import UV

/// A server that does what a test has written down for each connection and each request on it.
final class ScriptedServer: TCPListenerHandler {
  enum Step: Equatable, Sendable {
    case send(String)
    /// Sends after the client has had time to read what was sent before.
    case sendLater(String)
    /// Closes, with what has been sent before it.
    case close
  }

  let loop: Loop
  let listener: TCPListener
  let address: SocketAddress
  /// For each connection, what follows each request. On one connection more, or after one request
  /// more, nothing does.
  var script: [[[Step]]]
  private(set) var sessions: [ServerSession] = []

  init(loop: Loop, script: [[[Step]]]) throws {
    self.loop = loop
    self.script = script
    let acceptor = ForwardingAcceptor()
    listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    address = try listener.address
    acceptor.server = self
  }

  /// What has been asked, connection by connection.
  var requests: [[String]] { sessions.map(\.requests) }

  func listenerDidReceiveConnection(_ listener: TCPListener) {
    let index = sessions.count
    let session = ServerSession(loop: loop, script: index < script.count ? script[index] : [])
    sessions.append(session)
    do {
      try session.accept(from: listener)
    } catch {
      Issue.record(error)
    }
  }

  func listener(_ listener: TCPListener, didFailToAccept error: UVError) { Issue.record(error) }

  func close() {
    listener.close()
    for session in sessions { session.close() }
  }
}

/// An open listener keeps its handler alive, which the server need not be.
private final class ForwardingAcceptor: TCPListenerHandler {
  weak var server: ScriptedServer?

  func listenerDidReceiveConnection(_ listener: TCPListener) {
    server?.listenerDidReceiveConnection(listener)
  }

  func listener(_ listener: TCPListener, didFailToAccept error: UVError) { Issue.record(error) }
}

/// One connection to a scripted server.
final class ServerSession: TCPStreamHandler {
  private let loop: Loop
  private let script: [[ScriptedServer.Step]]
  private var stream: TCPStream?
  private var timers: [Timer] = []
  private var unread: [UInt8] = []
  /// Whole requests, as they came.
  private(set) var requests: [String] = []
  /// Whether the client has closed or reset the connection.
  private(set) var hasEnded = false

  init(loop: Loop, script: [[ScriptedServer.Step]]) {
    self.loop = loop
    self.script = script
  }

  func accept(from listener: TCPListener) throws {
    let stream = try TCPStream(accepting: listener, handler: self)
    self.stream = stream
    try stream.startReading()
  }

  func send(_ text: String) {
    do {
      try stream?.write(Array(text.utf8).span)
    } catch {
      hasEnded = true  // The client has closed: some scripts have more than it wants.
    }
  }

  /// The client's bytes pile up from now on.
  func stopReading() { stream?.stopReading() }

  func close() {
    for timer in timers { timer.close() }
    timers = []
    stream?.close()
    stream = nil
  }

  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    unread.append(bytes)
    while let count = requestByteCount {
      requests.append(String(decoding: unread[..<count], as: UTF8.self))
      unread.removeFirst(count)
      if requests.count <= script.count { follow(script[requests.count - 1][...]) }
    }
  }

  /// How long the request is that stands at the beginning, if it is whole.
  private var requestByteCount: Int? {
    var parser = RequestHeadParser(limits: HeadLimits())
    let bytes = unread
    do throws(RequestError) {
      guard case .complete(let head, let consumed) = try parser.parse(bytes.span) else {
        return nil
      }
      guard case .length(let length) = head.body else { return consumed }
      return consumed + length <= unread.count ? consumed + length : nil
    } catch {
      Issue.record(error)
      return nil
    }
  }

  private func follow(_ steps: ArraySlice<ScriptedServer.Step>) {
    guard let step = steps.first, stream != nil else { return }
    switch step {
    case .send(let text): send(text)
    case .close: close()
    case .sendLater(let text):
      guard let timer = try? Timer(loop: loop) else { return }
      timers.append(timer)
      timer.start(afterMilliseconds: 1) { [weak self, weak timer] in
        timer?.close()
        self?.send(text)
        self?.follow(steps.dropFirst())
      }
      return
    }
    follow(steps.dropFirst())
  }

  func streamDidReachEnd(_ stream: TCPStream) {
    hasEnded = true
    close()
  }

  func stream(_ stream: TCPStream, didFail error: UVError) {
    hasEnded = true
    close()
  }

  func streamDidWrite(_ stream: TCPStream) {}
  func streamDidClose(_ stream: TCPStream) { self.stream = nil }
}
