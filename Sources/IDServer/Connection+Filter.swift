import API
import UV

// What only connections with TLS need.

extension Connection {
  func streamDidEstablish(_ stream: TCPStream) {
    startLogging(stream)
    enter(.idle)
    updateBufferShare(of: stream)
    if !stream.isClosing { setReading(true, on: stream) }
  }

  func stream(
    _ stream: TCPStream, didRead bytes: Span<UInt8>, fromByteCount readByteCount: Int
  ) {
    receive(bytes, fromByteCount: readByteCount, on: stream)
  }

  /// A request's head has begun with the first bytes of its record, before these can be decrypted.
  func streamDidChangeMemory(_ stream: TCPStream) {
    updateBufferShare(of: stream)
    if !stream.isClosing, state == .idle, stream.memoryByteCount > 0 { enter(.head) }
  }

  /// Closes, but first answers a client that speaks HTTP without TLS.
  func stream(_ stream: TCPStream, didFail error: UVError) {
    guard state == .handshake else { return stream.close() }
    server.didFailHandshake(of: stream, on: port)
    guard stream.filter?.hasReceivedHTTP == true else { return stream.close() }
    stream.removeFilter()
    startLogging(stream)
    refuse(.httpsRequired)
  }

  /// Records the requests from now on, if requests are logged.
  func startLogging(_ stream: TCPStream) {
    guard let log = server.service.accessLog else { return }
    let address = (try? stream.peerAddress.unmappedHost) ?? "-"
    session.startLogging(ClientLog(log, client: address, user: stream.filter?.peerName))
  }
}
