internal import CLibUV

/// Calls `body` with buffers for `bytes` and the shared pieces among them, in order, as libuv takes them.
///
/// - Parameters:
///   - bytes: valid until the bytes have been written, as are the pieces: whoever calls has references
///     to those, and an array's elements stay where they are while nobody changes it.
///   - skipped: how many bytes of the first piece are left out.
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
  // libuv copies the buffers, not what they are of.
  return unsafe buffers.withUnsafeMutableBufferPointer {
    unsafe body($0.baseAddress, UInt32($0.count))
  }
}

extension uv_buf_t {
  /// libuv does not write to it; its type is not const because C has one type for both.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    let base = unsafe UnsafeMutableRawPointer(mutating: UnsafeRawPointer(bytes.baseAddress))
    unsafe self = uv_buf_init(base?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
  }
}
