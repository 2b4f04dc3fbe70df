internal import CLibUV

/// Translates between the bytes on the wire and those of a stream's handler: TLS. It does no I/O.
/// All filters of a loop may share their buffers.
///
/// What is to be sent to the peer is the filter's output: the stream takes it after each call.
public protocol StreamFilter: AnyObject {
  /// Begins the handshake. A client has output then, its first message.
  func start() throws(UVError)

  /// Takes bytes from the wire. ``received`` then has the bytes for the handler, and there may be
  /// output.
  ///
  /// - Throws: if the connection has failed; the output may have an alert for the peer.
  func receive(_ bytes: Span<UInt8>) throws(UVError)

  /// The bytes for the handler from the last call of ``receive(_:)``. The next call for any stream
  /// replaces them.
  var received: [UInt8] { get }

  /// Takes bytes of the handler, which become output.
  ///
  /// - Throws: if the connection is not established, or has failed.
  func send(_ bytes: Span<UInt8>) throws(UVError)

  /// Outputs that nothing more is sent: close_notify. Calling it again has no effect.
  func end()

  /// Calls `body` with the output, if there is any, and then removes it.
  func withOutput(_ body: (Span<UInt8>) throws(UVError) -> Void) throws(UVError)

  /// Whether the handshake is complete, so that bytes can be sent.
  var isEstablished: Bool { get }

  /// Whether the peer has sent close_notify.
  var hasPeerEnded: Bool { get }

  /// Whether the peer may end its stream without close_notify.
  var allowsTruncation: Bool { get }

  /// The memory that it keeps for an incomplete handshake or message, in bytes; 0 for a peer that
  /// has sent nothing yet.
  var heldByteCount: Int { get }

  /// The name that the peer has proved, such as the subject of its certificate; `nil` if it has
  /// proved none.
  var peerName: String? { get }

  /// Why the connection has failed, for logs; `nil` if it has not.
  var failureReason: String? { get }

  /// Whether the connection has failed because the peer's first bytes are a request in plain HTTP.
  var hasReceivedHTTP: Bool { get }
}

/// Makes the filters of connections: of those that a server accepts, or of those that a client
/// opens.
public protocol StreamSecurity: AnyObject {
  /// - Parameter host: for a client, the name or the numeric address of the server, which the
  ///   server must prove.
  func makeFilter(host: String?) throws(UVError) -> any StreamFilter
}

extension TCPStream {
  /// Passes all bytes through `filter` from now on, and begins its handshake. Call it before the
  /// stream reads or writes.
  public func start(_ filter: any StreamFilter) throws(UVError) {
    setFilter(filter)
    try translate(by: filter) { () throws(UVError) in try filter.start() }
  }

  /// The same with a new filter, for a server that has received `bytes`. It closes the stream if
  /// there is no filter.
  public func start(_ security: any StreamSecurity, with bytes: Span<UInt8>) throws(UVError) {
    let filter: any StreamFilter
    do throws(UVError) {
      filter = try security.makeFilter(host: nil)
      try start(filter)
    } catch {
      close()
      throw error
    }
    receive(bytes, through: filter)
  }

  /// From now on, bytes are sent and received as they are.
  public func removeFilter() { setFilter(nil) }

  func receive(_ bytes: Span<UInt8>, through filter: any StreamFilter) {
    let (wasEstablished, hadPeerEnded) = (filter.isEstablished, filter.hasPeerEnded)
    do throws(UVError) {
      try translate(by: filter) { () throws(UVError) in try filter.receive(bytes) }
    } catch {
      handler?.stream(self, didFail: error)
      return
    }
    let oldByteCount = filterMemoryByteCount
    setFilterMemory(filter.heldByteCount)
    // Each call of the handler may close the stream.
    let received = filter.received
    if !wasEstablished, filter.isEstablished { handler?.streamDidEstablish(self) }
    if !received.isEmpty, !isClosing {
      handler?.stream(self, didRead: received.span, fromByteCount: bytes.count)
    }
    if max(oldByteCount, filterMemoryByteCount, queuedByteCount) > 0, !isClosing {
      handler?.streamDidChangeMemory(self)
    }
    if !hadPeerEnded, filter.hasPeerEnded, !isClosing { handler?.streamDidReachEnd(self) }
  }

  func receiveEnd(through filter: any StreamFilter) {
    if filter.hasPeerEnded { return }  // The handler knows.
    if filter.isEstablished, filter.allowsTruncation {
      handler?.streamDidReachEnd(self)
    } else {
      handler?.stream(self, didFail: .connectionReset)
    }
  }

  func write(
    _ bytes: Span<UInt8>, shared: [SharedPiece], mayQueue: Bool, through filter: any StreamFilter
  ) throws(UVError) {
    try translate(by: filter, mayQueue: mayQueue) { () throws(UVError) in
      var start = 0
      for piece in shared {
        try filter.send(bytes.extracting(start..<piece.offset))
        try filter.send(piece.bytes.span)
        start = piece.offset
      }
      try filter.send(bytes.extracting(start..<bytes.count))
    }
  }

  /// Tells the peer that nothing more is sent.
  func endFilter(mayQueue: Bool) {
    guard let ownFilter, !isClosing else { return }
    try? translate(by: ownFilter, mayQueue: mayQueue) { () throws(UVError) in ownFilter.end() }
  }

  /// Calls `body`, and sends the output, also after an error: all filters of a loop share it, and
  /// it must not reach another stream.
  private func translate(
    by filter: any StreamFilter, mayQueue: Bool = true, _ body: () throws(UVError) -> Void
  ) throws(UVError) {
    var failure: UVError?
    do throws(UVError) {
      try body()
    } catch {
      failure = error
    }
    do throws(UVError) {
      try filter.withOutput { output throws(UVError) in
        try writeUnfiltered(output, mayQueue: mayQueue)
      }
    } catch {
      throw failure ?? error
    }
    if let failure { throw failure }
  }
}
