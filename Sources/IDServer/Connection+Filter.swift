import API
import Reservations
import UV

// What only encrypted connections need, and eviction.

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

  /// The bytes of a request that cannot be decrypted yet are a part of its head.
  func streamDidChangeMemory(_ stream: TCPStream) {
    updateBufferShare(of: stream)
    if !stream.isClosing, state == .idle, stream.memoryByteCount > 0 { enter(.head) }
  }

  /// Records the requests from now on, if requests are logged.
  func startLogging(_ stream: TCPStream) {
    guard let log = server.service.accessLog else { return }
    let address = (try? stream.peerAddress.unmappedHost) ?? "-"
    session.startLogging(ClientLog(log, client: address, user: stream.filter?.peerName))
  }
}

extension Connection: BufferHolder {
  /// Closes, because all clients together exceed the buffer budget.
  func evict() {
    port.metrics.didEvict()
    session.discard()
    close()
  }
}
