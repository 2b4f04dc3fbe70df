internal import CLibUV
import Glibc

/// What a listener tells of. Calls come from the loop.
public protocol TCPListenerHandler: AnyObject {
  /// A client has connected: ``TCPStream/init(accepting:handler:)`` takes the connection over.
  func listenerDidReceiveConnection(_ listener: TCPListener)

  /// A connection could not be accepted, for want of descriptors for instance. libuv has closed it
  /// and goes on.
  func listener(_ listener: TCPListener, didFailToAccept error: UVError)
}

/// A TCP socket that waits for connections. The C type is `uv_tcp_t`.
///
/// An open listener keeps its handler alive, and lets go of it when it has closed.
@safe
public final class TCPListener: Handle {
  unowned let loop: Loop
  private var handler: (any TCPListenerHandler)?

  /// Binds to an address and listens. Connections inherit `TCP_NODELAY`: small writes are sent at
  /// once.
  ///
  /// The C functions are `uv_tcp_init_ex`, `uv_tcp_bind` and `uv_listen`.
  ///
  /// - Parameters:
  ///   - address: with `::`, both IPv6 and IPv4 connections are taken.
  ///   - sharesPort: whether other listeners that say so too may have this address. Linux then
  ///     spreads the connections over them (`SO_REUSEPORT`, socket(7)).
  ///   - backlog: how many connections may wait to be accepted; the system caps it.
  public init(
    loop: Loop, address: SocketAddress, sharesPort: Bool = false, backlog: Int32 = 4096,
    handler: any TCPListenerHandler
  ) throws(UVError) {
    self.loop = loop
    self.handler = handler
    let family = UInt32(address.isIPv6 ? AF_INET6 : AF_INET)
    try unsafe super.init(uv_tcp_t.self) { unsafe uv_tcp_init_ex(loop.pointer, $0, family) }
    do {
      let tcp = unsafe raw(as: uv_tcp_t.self)
      if sharesPort { try setReusePort() }
      unsafe try check(address.withPointer { unsafe uv_tcp_bind(tcp, $0, 0) })
      try listen(backlog: backlog)
    } catch {
      close()
      throw error
    }
  }

  /// Listens on a socket that has been bound already, by systemd for instance.
  ///
  /// The C functions are `uv_tcp_init`, `uv_tcp_open` and `uv_listen`.
  ///
  /// - Parameter descriptor: of a TCP socket; it is the listener's from now on.
  public init(
    loop: Loop, descriptor: Int32, backlog: Int32 = 4096, handler: any TCPListenerHandler
  ) throws(UVError) {
    self.loop = loop
    self.handler = handler
    try unsafe super.init(uv_tcp_t.self) { unsafe uv_tcp_init(loop.pointer, $0) }
    do {
      try unsafe check(uv_tcp_open(raw(as: uv_tcp_t.self), descriptor))
      try listen(backlog: backlog)
    } catch {
      close()
      throw error
    }
  }

  /// By hand: libuv has had a flag for it since 1.49 only.
  private func setReusePort() throws(UVError) {
    var descriptor: uv_os_fd_t = -1
    try unsafe check(uv_fileno(raw(as: uv_handle_t.self), &descriptor))
    var isOn: CInt = 1
    let size = socklen_t(MemoryLayout<CInt>.size)
    guard unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &isOn, size) == 0 else {
      throw UVError(code: -errno)
    }
  }

  private func listen(backlog: Int32) throws(UVError) {
    try unsafe check(uv_tcp_nodelay(raw(as: uv_tcp_t.self), 1))
    try unsafe check(
      uv_listen(raw(as: uv_stream_t.self), backlog) { stream, status in
        unsafe TCPListener.object(of: stream)?.didReceiveConnection(status)
      })
  }

  /// The address that the listener is bound to: tells the port if 0 was asked for. The C function
  /// is `uv_tcp_getsockname`.
  public var address: SocketAddress {
    get throws(UVError) {
      try checkIsOpen()
      let tcp = unsafe raw(as: uv_tcp_t.self)
      return try unsafe SocketAddress { unsafe uv_tcp_getsockname(tcp, $0, $1) }
    }
  }

  override func didClose() { handler = nil }

  private func didReceiveConnection(_ status: CInt) {
    if status < 0 {
      handler?.listener(self, didFailToAccept: UVError(code: status))
    } else {
      handler?.listenerDidReceiveConnection(self)
    }
  }
}
