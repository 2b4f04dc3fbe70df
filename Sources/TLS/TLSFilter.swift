#if TLS
public import UV

/// The TLS of one stream.
public final class TLSFilter: StreamFilter {
  private let engine: TLSEngine
  private let buffers: TLSBuffers
  private var failure: TLSError?
  public let allowsTruncation: Bool

  /// - Parameter allowsTruncation: whether the peer may end its stream without close_notify. For a
  ///   server, it may: a request that is not complete is not answered.
  init(_ engine: TLSEngine, buffers: TLSBuffers, allowsTruncation: Bool) {
    self.engine = engine
    self.buffers = buffers
    self.allowsTruncation = allowsTruncation
  }

  public var isEstablished: Bool { engine.phase == .open || engine.phase == .peerEnded }
  public var hasPeerEnded: Bool { engine.phase == .peerEnded }
  public var received: [UInt8] { buffers.received }

  public var failureReason: String? { failure?.description }
  public var hasReceivedHTTP: Bool { failure?.isPlainHTTP == true }
  public var peerName: String? { engine.peerName }
  public var heldByteCount: Int { engine.heldByteCount }

  public func start() throws(UVError) {
    do throws(TLSError) {
      try engine.start()
    } catch {
      throw fail(error)
    }
  }

  public func receive(_ bytes: Span<UInt8>) throws(UVError) {
    var plaintext = buffers.takeReceived()
    defer { buffers.setReceived(&plaintext) }
    do throws(TLSError) {
      try engine.receive(bytes, appendingTo: &plaintext)
    } catch {
      throw fail(error)
    }
  }

  public func send(_ bytes: Span<UInt8>) throws(UVError) {
    do throws(TLSError) {
      try engine.send(bytes)
    } catch {
      throw fail(error)
    }
  }

  public func end() { engine.end() }

  public func withOutput(_ body: (Span<UInt8>) throws(UVError) -> Void) throws(UVError) {
    var output = buffers.transport.takeOutput()
    defer { buffers.transport.recycle(&output) }
    if !output.isEmpty { try body(output.span) }
  }

  private func fail(_ error: TLSError) -> UVError {
    if failure == nil { failure = error }
    return .badProtocol
  }
}

/// The buffers of all TLS connections of one loop.
public final class TLSBuffers {
  let transport: TransportBuffer
  /// Private, which avoids dynamic exclusivity enforcement.
  private var lastReceived: [UInt8] = []

  public init() throws(TLSError) { transport = try TransportBuffer() }

  /// What the last call has received, for any stream.
  fileprivate var received: [UInt8] { lastReceived }

  /// Returns an empty array, with the memory of the last one.
  fileprivate func takeReceived() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &lastReceived)
    taken.removeAll(keepingCapacity: true)
    return taken
  }

  fileprivate func setReceived(_ bytes: inout [UInt8]) { swap(&bytes, &lastReceived) }
}
#endif
