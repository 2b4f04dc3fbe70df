internal import CLibUV
import Glibc

/// A TCP connection. The C type is `uv_tcp_t`.
///
/// An open stream retains its handler, and releases it after `streamDidClose`.
@safe
public final class TCPStream: Handle {
  private var reading = Reading.paused
  private(set) var handler: (any TCPStreamHandler)?
  /// Private, which avoids dynamic exclusivity enforcement.
  private var memory = 0
  private var filterMemory = 0
  /// TLS; `nil` if the peer's bytes are passed to the handler as they are.
  private(set) var ownFilter: (any StreamFilter)?

  private enum Reading {
    case paused, active
    /// The peer has ended the stream, or reading has failed.
    case ended
  }

  /// Takes over the connection that `listener` has just accepted. The C functions are `uv_tcp_init`
  /// and `uv_tcp_open`.
  public init(accepting listener: TCPListener, handler: any TCPStreamHandler) throws(UVError) {
    let descriptor = try listener.takeAccepted()
    self.handler = handler
    try unsafe super.init(uv_tcp_t.self) { unsafe uv_tcp_init(listener.loop.pointer, $0) }
    let status = unsafe uv_tcp_open(raw(as: uv_tcp_t.self), descriptor.number)
    guard status == 0 else {
      self.handler = nil
      close()
      throw UVError(code: status)
    }
    _ = descriptor.release()  // libuv owns it now, and closes it.
  }

  /// Opens a stream that is not connected yet; see ``connect(to:_:)``. The C function is
  /// `uv_tcp_init`.
  public init(loop: Loop, handler: any TCPStreamHandler) throws(UVError) {
    self.handler = handler
    try unsafe super.init(uv_tcp_t.self) { unsafe uv_tcp_init(loop.pointer, $0) }
  }

  /// The address of the peer. The C function is `uv_tcp_getpeername`.
  public var peerAddress: SocketAddress {
    get throws(UVError) {
      try checkIsOpen()
      let tcp = unsafe raw(as: uv_tcp_t.self)
      return try unsafe SocketAddress { unsafe uv_tcp_getpeername(tcp, $0, $1) }
    }
  }

  private var stream: UnsafeMutablePointer<uv_stream_t> { unsafe raw(as: uv_stream_t.self) }

  /// TLS; `nil` if the peer's bytes are passed to the handler as they are.
  ///
  /// A function, and not a property that changes: that avoids dynamic exclusivity enforcement.
  public var filter: (any StreamFilter)? { ownFilter }

  func setFilter(_ filter: (any StreamFilter)?) {
    ownFilter = filter
    setFilterMemory(0)
  }

  /// Closing discards queued bytes, so nothing is queued after them.
  override func willClose() { endFilter(mayQueue: false) }

  override func didBeginClosing() { handler?.streamDidBeginClosing(self) }

  override func didClose() {
    handler?.streamDidClose(self)
    handler = nil
    ownFilter = nil
  }
}

// MARK: - Reading

extension TCPStream {
  /// Starts or resumes reading. No effect while the stream is reading, or after its end. The C
  /// function is `uv_read_start`.
  public func startReading() throws(UVError) {
    guard reading == .paused else { return }
    try checkIsOpen()
    try unsafe check(
      uv_read_start(
        stream,
        { handle, _, buffer in
          guard let handle = unsafe handle, let buffer = unsafe buffer else { return }
          let space = unsafe Loop.object(of: handle).readSpace
          unsafe buffer.pointee = uv_buf_init(
            space.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(space.count))
        },
        { stream, count, buffer in
          guard let buffer = unsafe buffer else { return }
          unsafe TCPStream.object(of: stream)?.didRead(count, buffer.pointee)
        }))
    reading = .active
  }

  /// Reads once what has arrived already, and notifies the handler as the loop would. It does not
  /// start to watch for more. The C function is `recv`.
  ///
  /// Do not call it from within a handler's read callback: the loop has only one read buffer.
  ///
  /// - Returns: false if nothing has arrived; the handler has not been called then.
  public func readOnce() -> Bool {
    var descriptor: uv_os_fd_t = -1
    guard !isClosing, unsafe uv_fileno(raw(as: uv_handle_t.self), &descriptor) == 0 else {
      return false
    }
    let space = unsafe Loop.object(of: pointer).readSpace
    let count = unsafe recv(descriptor, space.baseAddress, space.count, CInt(MSG_DONTWAIT))
    let error = Int(errno)
    guard count >= 0 || (error != EAGAIN && error != EINTR) else { return false }
    let buffer = unsafe uv_buf_init(
      space.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(space.count))
    unsafe didRead(count > 0 ? count : count == 0 ? Int(UV_EOF.rawValue) : -error, buffer)
    return true
  }

  /// Stops reading; the peer's bytes wait in the kernel. The C function is `uv_read_stop`.
  public func stopReading() {
    guard reading == .active, !isClosing else { return }
    reading = .paused
    unsafe uv_read_stop(stream)
  }

  private func didRead(_ count: Int, _ buffer: uv_buf_t) {
    if count > 0 {
      // Valid until `stream(_:didRead:)` returns: the read that filled it has just ended.
      let bytes = unsafe UnsafeRawBufferPointer(start: buffer.base, count: count)
      let span = unsafe bytes.bindMemory(to: UInt8.self).span
      if let ownFilter { return receive(span, through: ownFilter) }
      handler?.stream(self, didRead: span)
    } else if count == Int(UV_EOF.rawValue) {
      reading = .ended  // libuv has stopped reading.
      if let ownFilter { return receiveEnd(through: ownFilter) }
      handler?.streamDidReachEnd(self)
    } else if count < 0 {
      reading = .ended
      handler?.stream(self, didFail: UVError(code: Int32(truncatingIfNeeded: count)))
    }  // 0 is EAGAIN: no data was available.
  }
}

// MARK: - Writing

extension TCPStream {
  /// The number of queued bytes that the kernel has not taken yet. The C function is
  /// `uv_stream_get_write_queue_size`.
  public var queuedByteCount: Int {
    isClosing ? 0 : unsafe uv_stream_get_write_queue_size(stream)
  }

  /// The memory that the queue takes, in bytes, and that the filter keeps for incomplete messages.
  /// Bytes that were queued by one call are freed together, once all are written. Shared bytes are
  /// not counted.
  public var memoryByteCount: Int { memory }

  /// The filter's part of it.
  public var filterMemoryByteCount: Int { filterMemory }

  func setFilterMemory(_ byteCount: Int) {
    memory += byteCount - filterMemory
    filterMemory = byteCount
  }

  /// Writes what the kernel takes at once; copies and queues the rest.
  ///
  /// The C functions are `uv_try_write` and `uv_write`. When the queued bytes have been written,
  /// the stream calls `streamDidWrite`.
  ///
  /// - Parameters:
  ///   - shared: pieces to write among `bytes`, each at its offset in them, in order. The queue
  ///     keeps references to them and copies none.
  ///   - mayQueue: if false, the call throws when the kernel does not take everything: see
  ///     ``UVError/meansNoRoom``.
  public func write(
    _ bytes: Span<UInt8>, shared: [SharedPiece] = [], mayQueue: Bool = true
  ) throws(UVError) {
    try checkIsOpen()
    if let ownFilter {
      return try write(bytes, shared: shared, mayQueue: mayQueue, through: ownFilter)
    }
    try writeUnfiltered(bytes, shared: shared, mayQueue: mayQueue)
  }

  /// Writes the bytes themselves.
  @inline(__always)
  func writeUnfiltered(
    _ bytes: Span<UInt8>, shared: [SharedPiece] = [], mayQueue: Bool
  ) throws(UVError) {
    var written = 0
    if queuedByteCount == 0 {
      let status = unsafe bytes.withUnsafeBufferPointer { source in
        guard shared.isEmpty else {
          return unsafe withBuffers(source, shared) { unsafe uv_try_write(stream, $0, $1) }
        }
        var buffer = unsafe uv_buf_t(source)
        return unsafe uv_try_write(stream, &buffer, 1)
      }
      guard status >= 0 || status == UV_EAGAIN.rawValue else { throw UVError(code: status) }
      written = max(0, Int(status))
    }
    guard written < shared.reduce(bytes.count, { $0 + $1.bytes.count }) else { return }
    guard mayQueue else { throw UVError(code: UV_ENOBUFS.rawValue) }
    try queue(bytes, shared: shared, from: written)
  }

  /// Bytes that are not copied, and the number of copied bytes that are written before them.
  public typealias SharedPiece = (offset: Int, bytes: [UInt8])

  /// The header of a queued write. The copied bytes follow it in the same allocation.
  @safe private struct QueuedWrite {
    /// The first field: libuv identifies the write by its address.
    private let request = unsafe uv_write_t()
    let memoryByteCount: Int
    /// Kept until all of it has been written.
    let shared: [SharedPiece]
  }

  /// Queues what is left of `bytes` and `shared` after `writtenByteCount` bytes of both together.
  func queue(
    _ bytes: Span<UInt8>, shared: [SharedPiece] = [], from writtenByteCount: Int
  ) throws(UVError) {
    let (shared, copied, skipped) = Self.rest(of: shared, from: writtenByteCount)
    let rest = bytes.extracting(copied..<bytes.count)
    let headerBytes = MemoryLayout<QueuedWrite>.stride
    let blockBytes = headerBytes + rest.count
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: blockBytes, alignment: MemoryLayout<QueuedWrite>.alignment)
    let memoryByteCount = blockBytes + shared.count * MemoryLayout<SharedPiece>.stride
    unsafe block.bindMemory(to: QueuedWrite.self, capacity: 1)
      .initialize(to: QueuedWrite(memoryByteCount: memoryByteCount, shared: shared))
    let copy = unsafe UnsafeMutableRawBufferPointer(start: block + headerBytes, count: rest.count)
    unsafe rest.withUnsafeBytes { unsafe copy.copyMemory(from: $0) }
    let request = unsafe block.assumingMemoryBound(to: uv_write_t.self)
    let source = unsafe UnsafeBufferPointer(copy.assumingMemoryBound(to: UInt8.self))
    let status = unsafe withBuffers(source, shared, skipping: skipped) {
      unsafe uv_write(request, stream, $0, $1) { request, status in
        guard let request = unsafe request else { return }
        let stream = unsafe TCPStream.object(of: request.pointee.handle)
        let memoryByteCount = unsafe TCPStream.free(request)
        stream?.didWrite(status, memoryByteCount: memoryByteCount)
      }
    }
    guard status == 0 else {
      _ = unsafe Self.free(request)
      throw UVError(code: status)
    }
    memory += memoryByteCount
  }

  /// What is left after `written` bytes: the pieces, with offsets in the rest; and how many of the
  /// copied bytes, and of the first piece left, have been written.
  private static func rest(
    of shared: [SharedPiece], from written: Int
  ) -> (shared: [SharedPiece], copied: Int, skipped: Int) {
    var rest: [SharedPiece] = []
    var (start, sharedWritten, skipped) = (0, 0, 0)
    for piece in shared {
      let count = min(max(written - piece.offset - start, 0), piece.bytes.count)
      start += piece.bytes.count
      sharedWritten += count
      guard count < piece.bytes.count else { continue }
      if rest.isEmpty { skipped = count }
      rest.append(piece)
    }
    let copied = written - sharedWritten
    return (rest.map { ($0.offset - copied, $0.bytes) }, copied, skipped)
  }

  /// Frees a queued write, in one place for both outcomes.
  ///
  /// - Returns: the number of bytes of memory that it took.
  private static func free(_ request: UnsafeMutablePointer<uv_write_t>) -> Int {
    let block = UnsafeMutableRawPointer(request)
    // `queue` allocated it, and its first field is the request.
    let write = unsafe block.assumingMemoryBound(to: QueuedWrite.self)
    let memoryByteCount = unsafe write.pointee.memoryByteCount
    unsafe write.deinitialize(count: 1)
    unsafe block.deallocate()
    return memoryByteCount
  }

  private func didWrite(_ status: CInt, memoryByteCount: Int) {
    memory -= memoryByteCount
    guard !isClosing else { return }  // Cancelled by `close`.
    if status < 0 {
      handler?.stream(self, didFail: UVError(code: status))
    } else {
      handler?.streamDidWrite(self)
    }
  }
}
