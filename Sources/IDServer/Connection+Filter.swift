import API
import UV

// What only connections with TLS need.

extension Connection {
  /// Waits for its turn to begin the handshake with these bytes.
  func postponeHandshake(_ bytes: Span<UInt8>, on stream: TCPStream) {
    greeting = bytes.indices.map { bytes[$0] }
    enter(.greeted)
    stream.stopReading()  // The session, which has read nothing, need not know.
    updateBufferShare(to: greeting.count)
    server.startNextSteps()
  }

  /// Begins the handshake with what the client has sent so far.
  func beginHandshake() {
    enter(.handshake)
    let bytes = greeting
    greeting = []
    guard let stream, let security = port.security, !stream.isClosing else { return }
    // If there is no memory for it, the stream is closing then.
    guard (try? stream.start(security, with: bytes.span)) != nil else { return }
    updateBufferShare(of: stream)
    if state == .handshake, !stream.isClosing { setReading(true, on: stream) }
  }

  func streamDidEstablish(_ stream: TCPStream) {
    startLogging(stream)
    enter(.idle)
    updateBufferShare(of: stream)
    if !stream.isClosing { setReading(true, on: stream) }
    server.continueHandshakes(on: port)
  }

  func stream(
    _ stream: TCPStream, didRead bytes: Span<UInt8>, fromByteCount readByteCount: Int
  ) {
    receive(bytes, fromByteCount: readByteCount, on: stream)
  }

  func streamDidChangeMemory(_ stream: TCPStream) {
    updateBufferShare(of: stream)
    guard !stream.isClosing else { return }
    // OpenSSL answers messages such as KeyUpdate by itself, also while nothing is read of that.
    if state == .idle || state == .head, !canQueueMore(on: stream) {
      enter(.blocked)
      setReading(false, on: stream)
    } else if state == .idle, stream.filterMemoryByteCount > 0 {
      // A request's head has begun with the first bytes of its record, before these can be
      // decrypted.
      enter(.head)
    }
  }

  /// Closes, but first answers a client that speaks HTTP without TLS.
  func stream(_ stream: TCPStream, didFail error: UVError) {
    guard state == .handshake || state == .connected else { return stream.close() }
    server.didFailHandshake(of: stream, on: port)
    guard stream.filter?.hasReceivedHTTP == true else { return stream.close() }
    stream.removeFilter()
    refuse(.httpsRequired)
  }

  /// Records the requests from now on, if requests are logged.
  func startLogging(_ stream: TCPStream) {
    guard let log = server.service.accessLog else { return }
    let address = (try? stream.peerAddress.unmappedHost) ?? "-"
    session.startLogging(ClientLog(log, client: address, user: stream.filter?.peerName))
  }
}
