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
    buffers.received.removeAll(keepingCapacity: true)
    do throws(TLSError) {
      try engine.receive(bytes, appendingTo: &buffers.received)
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
  fileprivate(set) var received: [UInt8] = []

  public init() throws(TLSError) { transport = try TransportBuffer() }
}
#endif
