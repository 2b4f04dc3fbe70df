internal import CLibUV
import Glibc

// What the side that connects asks of its stream.

extension TCPStream {
  /// Has small writes sent at once, as connections of a ``TCPListener`` do (`TCP_NODELAY`). It may be
  /// called before the stream is connected. The C function is `uv_tcp_nodelay`.
  public func sendAtOnce() throws(UVError) {
    try checkIsOpen()
    try unsafe check(uv_tcp_nodelay(raw(as: uv_tcp_t.self), 1))
  }

  /// Whether bytes, the peer's end or an error wait to be read, which the loop has not told yet. The
  /// C function is `recv`, with `MSG_PEEK`.
  public var hasUnreadInput: Bool {
    var descriptor: uv_os_fd_t = -1
    guard !isClosing, unsafe uv_fileno(raw(as: uv_handle_t.self), &descriptor) == 0 else {
      return true
    }
    var byte: UInt8 = 0
    let flags = CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)
    let count = unsafe recv(descriptor, &byte, 1, flags)
    return count >= 0 || errno != EAGAIN
  }
}
