import UV

/// Receives a connection's events. Each call may close the connection.
protocol ConnectionHandler: AnyObject {
  /// Bytes have arrived. They are valid only during the call.
  func connection(_ connection: Connection, didReceive bytes: Span<UInt8>)

  /// The server will send no more.
  func connectionDidEnd(_ connection: Connection)

  /// Reading or writing has failed; the connection cannot be used any more.
  func connection(_ connection: Connection, didFail reason: HTTPClientError.Reason)
}

/// A connection to a server, as a stream of bytes.
///
/// It is the only layer between HTTP and TCP, so TLS is here.
final class Connection {
  /// Not called after ``close()``.
  weak var handler: (any ConnectionHandler)?
  /// `nil` before ``open(to:loop:through:_:)`` and after ``close()``.
  private var stream: TCPStream?
  /// `nil` once the connection is established.
  private var didOpen: ((HTTPClientError.Reason?) -> Void)?

  /// Connects and starts reading.
  ///
  /// - Parameters:
  ///   - filter: TLS, or `nil` to send plain text.
  ///   - completion: called once, on the loop's thread, with `nil` when the connection is
  ///     established; not called if ``close()`` comes first.
  func open(
    to address: SocketAddress, loop: Loop, through filter: (any StreamFilter)?,
    _ completion: @escaping (HTTPClientError.Reason?) -> Void
  ) throws(UVError) {
    let stream = try TCPStream(loop: loop, handler: self)
    self.stream = stream
    didOpen = completion
    try stream.sendAtOnce()
    try stream.connect(to: address) { [self] error in
      guard self.stream != nil else { return }
      do throws(UVError) {
        if let error { throw error }
        if let filter { try stream.start(filter) }
        try stream.startReading()
      } catch {
        return finishOpening(.connection(error))
      }
      if filter == nil { finishOpening(nil) }
    }
  }

  private func finishOpening(_ reason: HTTPClientError.Reason?) {
    let completion = didOpen
    didOpen = nil
    completion?(reason)
  }

  /// Sends bytes, and queues what the kernel does not take at once.
  ///
  /// - Throws: if writing fails; any part of the bytes may have been sent.
  func send(_ bytes: Span<UInt8>) throws(UVError) {
    try stream?.write(bytes)
  }

  /// Whether the kernel has taken all bytes passed to ``send(_:)``.
  var hasSentAll: Bool { stream?.queuedByteCount == 0 }

  /// Whether neither bytes nor the end of the stream wait in the kernel.
  var isQuiet: Bool { stream?.hasUnreadInput == false }

  /// Closes the connection. Calling it again has no effect.
  func close() {
    handler = nil
    didOpen = nil
    stream?.close()
    stream = nil
  }
}

extension Connection: TCPStreamHandler {
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    handler?.connection(self, didReceive: bytes)
  }

  func streamDidReachEnd(_ stream: TCPStream) { handler?.connectionDidEnd(self) }

  func streamDidEstablish(_ stream: TCPStream) { finishOpening(nil) }

  func stream(_ stream: TCPStream, didFail error: UVError) {
    let reason = reason(for: error, stream.filter)
    if didOpen != nil { return finishOpening(reason) }
    handler?.connection(self, didFail: reason)
  }

  private func reason(
    for error: UVError, _ filter: (any StreamFilter)?
  ) -> HTTPClientError.Reason {
    guard let filter else { return .connection(error) }
    if let reason = filter.failureReason { return .security(reason) }
    return didOpen == nil ? .connection(error) : .handshake(error)
  }

  func streamDidWrite(_ stream: TCPStream) {}
  func streamDidClose(_ stream: TCPStream) { self.stream = nil }
}
