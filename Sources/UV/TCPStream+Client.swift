internal import CLibUV
import Glibc

// What only clients need.

extension TCPStream {
  /// Sets `TCP_NODELAY`, so that small writes are sent at once, as on the connections of a
  /// ``TCPListener``. It may be called before the stream is connected. The C function is
  /// `uv_tcp_nodelay`.
  public func sendAtOnce() throws(UVError) {
    try checkIsOpen()
    try unsafe check(uv_tcp_nodelay(raw(as: uv_tcp_t.self), 1))
  }

  /// Whether bytes, the end of the stream or an error wait in the kernel, which the handler has not
  /// been notified of. True for a closed stream. The C function is `recv`, with `MSG_PEEK`.
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

// MARK: - Connecting

extension TCPStream {
  /// Connects to a server. The C function is `uv_tcp_connect`.
  ///
  /// - Parameter completion: called once, with `nil` when the connection is established.
  public func connect(
    to address: SocketAddress, _ completion: @escaping (UVError?) -> Void
  ) throws(UVError) {
    try checkIsOpen()
    let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
    unsafe request.pointee.data =
      Unmanaged.passRetained(Completion(action: completion)).toOpaque()
    let tcp = unsafe raw(as: uv_tcp_t.self)
    let status = unsafe address.withPointer { address in
      unsafe uv_tcp_connect(request, tcp, address) { request, status in
        unsafe TCPStream.finishConnecting(request)?.action(status < 0 ? UVError(code: status) : nil)
      }
    }
    if status < 0 {
      _ = unsafe Self.finishConnecting(request)
      throw UVError(code: status)
    }
  }

  private final class Completion {
    let action: (UVError?) -> Void
    init(action: @escaping (UVError?) -> Void) { self.action = action }
  }

  /// Frees the request, in one place for both outcomes.
  private static func finishConnecting(
    _ request: UnsafeMutablePointer<uv_connect_t>?
  ) -> Completion? {
    guard let request = unsafe request, let data = unsafe request.pointee.data else { return nil }
    unsafe request.deallocate()
    return unsafe Unmanaged<Completion>.fromOpaque(data).takeRetainedValue()
  }
}
