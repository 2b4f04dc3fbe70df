internal import CLibUV
import Glibc

/// What a stream tells of. Calls come from the loop; each may close the stream.
public protocol TCPStreamHandler: AnyObject {
  /// Bytes have come. They are valid during the call only: the next read overwrites them.
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>)

  /// The peer will send no more. It may still read: writing goes on.
  func streamDidReachEnd(_ stream: TCPStream)

  /// Bytes that were queued together have been written; ``TCPStream/queuedByteCount`` says what is
  /// left.
  func streamDidWrite(_ stream: TCPStream)

  /// Reading or writing has failed, and the stream is of no more use.
  func stream(_ stream: TCPStream, didFail error: UVError)

  /// The stream has been closed, and its descriptor with it; `streamDidClose` follows before the next
  /// round of the loop.
  func streamDidBeginClosing(_ stream: TCPStream)

  /// The stream has closed; this is the last call.
  func streamDidClose(_ stream: TCPStream)
}

extension TCPStreamHandler {
  public func streamDidBeginClosing(_ stream: TCPStream) {}
}

/// A TCP connection. The C type is `uv_tcp_t`.
///
/// An open stream keeps its handler alive, and lets go of it after `streamDidClose`.
@safe
public final class TCPStream: Handle {
  private var reading = Reading.paused
  private var handler: (any TCPStreamHandler)?
  /// Private, which avoids dynamic exclusivity enforcement.
  private var queueMemory = 0

  private enum Reading {
    case paused, active
    /// The peer sends nothing more, or reading has failed.
    case ended
  }

  /// Takes over the connection that `listener` has just reported. The C functions are
  /// `uv_tcp_init` and `uv_tcp_open`.
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
    _ = descriptor.release()  // The stream's, which closes it.
  }

  /// Opens a stream that is not connected yet: see ``connect(to:_:)``. The C function is
  /// `uv_tcp_init`.
  public init(loop: Loop, handler: any TCPStreamHandler) throws(UVError) {
    self.handler = handler
    try unsafe super.init(uv_tcp_t.self) { unsafe uv_tcp_init(loop.pointer, $0) }
  }

  /// The address of the other end. The C function is `uv_tcp_getpeername`.
  public var peerAddress: SocketAddress {
    get throws(UVError) {
      try checkIsOpen()
      let tcp = unsafe raw(as: uv_tcp_t.self)
      return try unsafe SocketAddress { unsafe uv_tcp_getpeername(tcp, $0, $1) }
    }
  }

  private var stream: UnsafeMutablePointer<uv_stream_t> { unsafe raw(as: uv_stream_t.self) }

  override func didBeginClosing() { handler?.streamDidBeginClosing(self) }

  override func didClose() {
    handler?.streamDidClose(self)
    handler = nil
  }
}

// MARK: - Reading

extension TCPStream {
  /// Starts to read, or goes on. No effect while reading, and behind the end of the stream. The C
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

  /// Reads once what has come already, and tells the handler of it as the loop would, without having
  /// the loop wait for more. The C function is `recv`.
  ///
  /// Not to be called while a handler is told of a read: the loop has one buffer.
  ///
  /// - Returns: false if nothing has come, and the handler has not been called.
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

  /// Stops reading; the peer's bytes wait in the system. The C function is `uv_read_stop`.
  public func stopReading() {
    guard reading == .active, !isClosing else { return }
    reading = .paused
    unsafe uv_read_stop(stream)
  }

  private func didRead(_ count: Int, _ buffer: uv_buf_t) {
    if count > 0 {
      // Valid until `stream(_:didRead:)` returns: libuv filled it just before.
      let bytes = unsafe UnsafeRawBufferPointer(start: buffer.base, count: count)
      handler?.stream(self, didRead: unsafe bytes.bindMemory(to: UInt8.self).span)
    } else if count == Int(UV_EOF.rawValue) {
      reading = .ended  // libuv has stopped by itself.
      handler?.streamDidReachEnd(self)
    } else if count < 0 {
      reading = .ended
      handler?.stream(self, didFail: UVError(code: Int32(truncatingIfNeeded: count)))
    }  // 0 is EAGAIN: nothing was there after all.
  }
}

// MARK: - Writing

extension TCPStream {
  /// How many bytes are queued that the system has not taken yet. The C function is
  /// `uv_stream_get_write_queue_size`.
  public var queuedByteCount: Int {
    isClosing ? 0 : unsafe uv_stream_get_write_queue_size(stream)
  }

  /// How many bytes of memory the queue takes: those that were queued together are freed together.
  /// Shared bytes are not counted.
  public var queueMemoryByteCount: Int { queueMemory }

  /// Writes what the system takes at once; copies and queues the rest.
  ///
  /// The C functions are `uv_try_write` and `uv_write`. `streamDidWrite` tells when what was queued
  /// has been written.
  ///
  /// - Parameters:
  ///   - shared: what is to be written among `bytes`, each behind so many of them, in order. The queue
  ///     keeps references to it, and no copy.
  ///   - mayQueue: if not, it is an error if there is a rest: see ``UVError/meansNoRoom``.
  public func write(
    _ bytes: Span<UInt8>, shared: [SharedPiece] = [], mayQueue: Bool = true
  ) throws(UVError) {
    try checkIsOpen()
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

  /// Bytes that are not copied, and behind how many of the others they are written.
  public typealias SharedPiece = (offset: Int, bytes: [UInt8])

  /// What stands before the copied bytes in the one piece of memory that a queued write takes.
  @safe private struct QueuedWrite {
    /// The first field: libuv knows the write by its address.
    private let request = unsafe uv_write_t()
    let memoryByteCount: Int
    /// Kept until all of it has been written.
    let shared: [SharedPiece]
  }

  /// Queues what is left of `bytes` and `shared` when so many bytes of both have been written.
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
    queueMemory += memoryByteCount
  }

  /// The pieces that are left when so many bytes have been written, how many of the copied bytes have
  /// been, and how many of the first piece that is left.
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
  /// - Returns: how many bytes of memory that were.
  private static func free(_ request: UnsafeMutablePointer<uv_write_t>) -> Int {
    let block = UnsafeMutableRawPointer(request)
    // `queue` put it there, and its first field is the request.
    let write = unsafe block.assumingMemoryBound(to: QueuedWrite.self)
    let memoryByteCount = unsafe write.pointee.memoryByteCount
    unsafe write.deinitialize(count: 1)
    unsafe block.deallocate()
    return memoryByteCount
  }

  private func didWrite(_ status: CInt, memoryByteCount: Int) {
    queueMemory -= memoryByteCount
    guard !isClosing else { return }  // Cancelled by `close`.
    if status < 0 {
      handler?.stream(self, didFail: UVError(code: status))
    } else {
      handler?.streamDidWrite(self)
    }
  }
}
