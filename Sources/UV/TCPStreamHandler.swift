/// Receives a stream's events. The loop calls it; each call may close the stream.
public protocol TCPStreamHandler: AnyObject {
  /// Bytes have arrived. They are valid only during the call: the next read overwrites them.
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>)

  /// Bytes have arrived through a filter, which made them of `readByteCount` bytes on the wire.
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>, fromByteCount readByteCount: Int)

  /// The filter's part of ``TCPStream/memoryByteCount`` may have changed: it keeps memory for an
  /// incomplete handshake or record, or has freed it. Not called without a filter.
  func streamDidChangeMemory(_ stream: TCPStream)

  /// The peer will send no more. It may still read: writing goes on.
  func streamDidReachEnd(_ stream: TCPStream)

  /// Bytes that were queued by one call have been written. ``TCPStream/queuedByteCount`` is the
  /// number of bytes left.
  func streamDidWrite(_ stream: TCPStream)

  /// Reading or writing has failed; the stream cannot be used any more.
  func stream(_ stream: TCPStream, didFail error: UVError)

  /// ``Handle/close()`` has been called, and the descriptor is closed. `streamDidClose` follows
  /// before the next round of the loop.
  func streamDidBeginClosing(_ stream: TCPStream)

  /// The stream has closed. The handler is not called again.
  func streamDidClose(_ stream: TCPStream)

  /// The filter's handshake is complete: bytes can be written. Not called without a filter.
  func streamDidEstablish(_ stream: TCPStream)
}

extension TCPStreamHandler {
  public func streamDidBeginClosing(_ stream: TCPStream) {}
  public func streamDidEstablish(_ stream: TCPStream) {}
  public func streamDidChangeMemory(_ stream: TCPStream) {}

  public func stream(
    _ stream: TCPStream, didRead bytes: Span<UInt8>, fromByteCount readByteCount: Int
  ) {
    self.stream(stream, didRead: bytes)
  }
}
