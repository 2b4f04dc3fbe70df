internal import CLibUV

/// Calls `body` with both buffers, one behind the other, as libuv takes them.
func withBuffers(
  _ first: uv_buf_t, _ second: uv_buf_t, _ body: (UnsafeMutablePointer<uv_buf_t>?) -> CInt
) -> CInt {
  var buffers: [2 of uv_buf_t] = unsafe [first, second]
  var span = unsafe buffers.mutableSpan
  // Valid during the call; libuv copies what it needs for longer.
  return unsafe span.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
}

extension uv_buf_t {
  /// libuv does not write to it; its type is not const because C has one type for both.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    let base = unsafe UnsafeMutableRawPointer(mutating: UnsafeRawPointer(bytes.baseAddress))
    unsafe self = uv_buf_init(base?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
  }

  init(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
    unsafe self.init(UnsafeBufferPointer(bytes))
  }
}
