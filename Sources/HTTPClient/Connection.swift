import UV

/// What a connection tells of. Each call may close it.
protocol ConnectionHandler: AnyObject {
  /// Bytes have come. They are valid during the call only.
  func connection(_ connection: Connection, didReceive bytes: Span<UInt8>)

  /// The server will send no more.
  func connectionDidEnd(_ connection: Connection)

  /// The connection is of no more use.
  func connection(_ connection: Connection, didFail error: UVError)
}

/// A connection to a server: bytes out, bytes in, and its end.
///
/// All bytes of a client pass through here and nowhere else, so this is where TLS would stand between
/// HTTP and TCP.
final class Connection {
  /// Told of nothing any more once the connection has been closed.
  weak var handler: (any ConnectionHandler)?
  /// `nil` until ``open(to:loop:_:)``, and once closed.
  private var stream: TCPStream?

  /// Connects, and reads from then on.
  ///
  /// - Parameter completion: called once, in the loop, with `nil` when the connection stands; not if
  ///   ``close()`` comes first.
  func open(
    to address: SocketAddress, loop: Loop, _ completion: @escaping (UVError?) -> Void
  ) throws(UVError) {
    let stream = try TCPStream(loop: loop, handler: self)
    self.stream = stream
    try stream.sendAtOnce()
    try stream.connect(to: address) { [self] error in
      guard self.stream != nil else { return }
      do throws(UVError) {
        if let error { throw error }
        try stream.startReading()
      } catch {
        return completion(error)
      }
      completion(nil)
    }
  }

  /// Sends these bytes, or queues what the system does not take at once.
  ///
  /// - Throws: after which nothing is known of how much has been sent.
  func send(_ bytes: Span<UInt8>) throws(UVError) {
    try stream?.write(bytes)
  }

  /// Whether the server has been given all that was sent.
  var hasSentAll: Bool { stream?.queuedByteCount == 0 }

  /// Whether nothing has come, not even the end, that has not been told yet.
  var isQuiet: Bool { stream?.hasUnreadInput == false }

  /// Closes the connection. Calling it again has no effect.
  func close() {
    handler = nil
    stream?.close()
    stream = nil
  }
}

extension Connection: TCPStreamHandler {
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    handler?.connection(self, didReceive: bytes)
  }

  func streamDidReachEnd(_ stream: TCPStream) { handler?.connectionDidEnd(self) }

  func stream(_ stream: TCPStream, didFail error: UVError) {
    handler?.connection(self, didFail: error)
  }

  func streamDidWrite(_ stream: TCPStream) {}
  func streamDidClose(_ stream: TCPStream) { self.stream = nil }
}
