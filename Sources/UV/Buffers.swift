internal import CLibUV

/// Calls `body` with libuv's buffers for `bytes` and the shared pieces among them, in order.
///
/// - Parameters:
///   - bytes: the caller keeps them valid until they have been written. It also holds references to
///     the pieces; an array's elements do not move while the array is not changed.
///   - skipped: the number of bytes of the first piece to leave out.
func withBuffers(
  _ bytes: UnsafeBufferPointer<UInt8>, _ shared: [TCPStream.SharedPiece], skipping skipped: Int = 0,
  _ body: (UnsafeMutablePointer<uv_buf_t>?, UInt32) -> CInt
) -> CInt {
  var buffers = unsafe [uv_buf_t]()
  var (start, skipped) = (0, skipped)
  for (offset, piece) in shared {
    if offset > start {
      unsafe buffers.append(uv_buf_t(UnsafeBufferPointer(rebasing: bytes[start..<offset])))
    }
    unsafe piece.withUnsafeBufferPointer {
      unsafe buffers.append(uv_buf_t(UnsafeBufferPointer(rebasing: $0[skipped...])))
    }
    (start, skipped) = (offset, 0)
  }
  if start < bytes.count {
    unsafe buffers.append(uv_buf_t(UnsafeBufferPointer(rebasing: bytes[start...])))
  }
  // libuv copies the `uv_buf_t` values, not the bytes that they point to.
  return unsafe buffers.withUnsafeMutableBufferPointer {
    unsafe body($0.baseAddress, UInt32($0.count))
  }
}

extension uv_buf_t {
  /// For writing: libuv does not change the bytes. The pointer is mutable because `uv_buf_t` serves
  /// reads and writes.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    let base = unsafe UnsafeMutableRawPointer(mutating: UnsafeRawPointer(bytes.baseAddress))
    unsafe self = uv_buf_init(base?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
  }
}
