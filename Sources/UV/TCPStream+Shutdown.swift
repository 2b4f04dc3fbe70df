internal import CLibUV
import Glibc

extension TCPStream {
  /// Half-closes the stream: sends its end once everything queued has been written. Reading goes
  /// on.
  ///
  /// It reports no failure. If it fails, the peer is gone, and reading reports that.
  ///
  /// The C function is `uv_shutdown`. If nothing is queued, it is `shutdown`, which saves the loop
  /// from changing twice what it polls for.
  public func shutdown() {
    guard !isClosing else { return }
    endFilter(mayQueue: true)
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

/// A free function, because a method named `shutdown` hides the C function.
private func shutDownWriting(_ descriptor: CInt) {
  _ = shutdown(descriptor, CInt(SHUT_WR))  // Fails if the peer has reset: reading reports that.
}
