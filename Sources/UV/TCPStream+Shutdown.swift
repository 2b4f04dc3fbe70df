internal import CLibUV
import Glibc

extension TCPStream {
  /// Sends the end of the stream once all that is queued has been written; reading goes on.
  ///
  /// A failure means that the peer is gone, which reading tells.
  ///
  /// The C function is `uv_shutdown`; where nothing is queued, `shutdown` does the same without two
  /// changes to what the loop waits for.
  public func shutdown() {
    guard !isClosing else { return }
    var descriptor: uv_os_fd_t = -1
    if queuedByteCount == 0, unsafe uv_fileno(raw(as: uv_handle_t.self), &descriptor) == 0 {
      return shutDownWriting(descriptor)
    }
    let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
    let status = unsafe uv_shutdown(request, raw(as: uv_stream_t.self)) { request, _ in
      unsafe request?.deallocate()
    }
    if status < 0 { unsafe request.deallocate() }
  }
}

/// Beside a method of its name, the C function `shutdown` cannot be called.
private func shutDownWriting(_ descriptor: CInt) {
  _ = shutdown(descriptor, CInt(SHUT_WR))  // Fails if the peer has reset: reading tells.
}
