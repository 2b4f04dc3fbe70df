internal import CLibUV
import Glibc

/// Receives a listener's events. The loop calls it, or ``TCPListener/accept(upTo:)`` does.
public protocol TCPListenerHandler: AnyObject {
  /// The listener has accepted a connection. ``TCPStream/init(accepting:handler:)`` takes it over;
  /// if the handler does not call that before it returns, the listener closes the connection.
  func listenerDidReceiveConnection(_ listener: TCPListener)

  /// The listener could not accept a connection, for example because the process has no descriptor
  /// left. The connection has been closed, or it waits in the kernel until the listener tries
  /// again.
  func listener(_ listener: TCPListener, didFailToAccept error: UVError)
}

/// A TCP socket that waits for connections.
///
/// It watches the socket with a `uv_poll_t` and calls `accept4` itself. It does not use
/// `uv_listen`, whose behaviour depends on libuv's version: up to 1.44 it accepts all connections
/// that wait, from 1.45 on one connection per event; and when no descriptor is left, it closes
/// connections silently.
///
/// An open listener retains its handler, and releases it when it has closed.
@safe
public final class TCPListener: Handle {
  /// The maximum number of connections accepted per event, so that a burst of them does not delay
  /// other clients. The next round of the loop accepts more.
  static let connectionsPerEvent = 64

  /// The maximum time per event for accepting connections that have already sent data, which the
  /// handler may answer at once. The first is always accepted.
  static let nanosecondsPerEvent: UInt64 = 1_000_000

  /// The delay before the listener tries again after it could not accept a waiting connection.
  /// Without the delay, the kernel would report the same connection in every round.
  static let retryMilliseconds: UInt64 = 100

  unowned let loop: Loop
  /// `nil` once the listener is closing.
  private var socket: Descriptor?
  /// A spare descriptor. When no other is left, the listener closes it, accepts a connection with
  /// it and closes that; otherwise the connection would wait until its client gave up.
  private var reserve: Descriptor?
  /// Whether the kernel holds a connection back until its client has sent data. If so, call
  /// ``TCPStream/readOnce()`` right after accepting: the data is usually there. An inherited socket
  /// keeps its own setting.
  public let defersAccept: Bool
  /// Whether another process may share the socket and listen on it after this process has ended.
  private let isInherited: Bool
  /// The connection that has just been accepted, while the handler is being notified.
  private var accepted: Descriptor?
  private let retryTimer: Timer
  private var handler: (any TCPListenerHandler)?

  /// Binds to an address and listens. Accepted connections inherit `TCP_NODELAY`, so small writes
  /// are sent at once.
  ///
  /// The C functions are `socket`, `bind`, `listen`, `uv_poll_init` and `uv_poll_start`.
  ///
  /// - Parameters:
  ///   - address: with `::`, the listener takes both IPv6 and IPv4 connections.
  ///   - sharesPort: whether other listeners that set this too may bind to this address. Linux then
  ///     distributes the connections among them (`SO_REUSEPORT`, socket(7)).
  ///   - defersAccept: whether the kernel reports a connection only once its client has sent data,
  ///     or after about a second without. ``defersAccept`` is false if the kernel does not support
  ///     it.
  ///   - backlog: the number of connections that may wait to be accepted; the kernel caps it.
  public convenience init(
    loop: Loop, address: SocketAddress, sharesPort: Bool = false, defersAccept: Bool = false,
    backlog: Int32 = 4096, handler: any TCPListenerHandler
  ) throws(UVError) {
    let socket = try Descriptor.socket(boundTo: address, sharesPort: sharesPort)
    if defersAccept { try? socket.deferAccept() }
    try self.init(
      loop: loop, socket: socket, isInherited: false, backlog: backlog, handler: handler)
  }

  /// Listens on a socket that is already bound, for example by systemd, and makes it non-blocking.
  ///
  /// The C functions are `listen`, `uv_poll_init` and `uv_poll_start`.
  ///
  /// - Parameter descriptor: that of a TCP socket. The listener takes ownership of it.
  public convenience init(
    loop: Loop, descriptor: Int32, backlog: Int32 = 4096, handler: any TCPListenerHandler
  ) throws(UVError) {
    guard descriptor >= 0 else { throw UVError(code: UV_EBADF.rawValue) }
    let socket = try Descriptor(descriptor)
    try self.init(
      loop: loop, socket: socket, isInherited: true, backlog: backlog, handler: handler)
  }

  private init(
    loop: Loop, socket: consuming Descriptor, isInherited: Bool, backlog: Int32,
    handler: any TCPListenerHandler
  ) throws(UVError) {
    try socket.listen(backlog: backlog)
    let number = socket.number
    self.loop = loop
    defersAccept = socket.defersAccept
    self.socket = consume socket
    self.isInherited = isInherited
    self.handler = handler
    reserve = .reserve()
    retryTimer = try Timer(loop: loop)
    // `uv_poll_init` makes the socket non-blocking.
    try unsafe super.init(uv_poll_t.self) { unsafe uv_poll_init(loop.pointer, $0, number) }
    do {
      try watch()
    } catch {
      close()
      throw error
    }
  }

  /// The address that the listener is bound to, with the actual port if 0 was requested. The C
  /// function is `getsockname`.
  public var address: SocketAddress {
    get throws(UVError) {
      try checkIsOpen()
      let number = socket?.number ?? -1
      return try unsafe SocketAddress { address, size in
        var length = unsafe socklen_t(size.pointee)
        return unsafe getsockname(number, address, &length) == 0 ? 0 : -errno
      }
    }
  }

  /// Closes the socket now, not at the end of this round of the loop. Otherwise the kernel would go
  /// on establishing connections that this process never accepts. A descriptor may be closed right
  /// after `uv_close` of its `uv_poll_t`.
  override func didBeginClosing() {
    retryTimer.close()
    socket = nil
    reserve = nil
  }

  override func didClose() { handler = nil }
}

// MARK: - Watching

extension TCPListener {
  /// Stops accepting; connections wait in the kernel. ``accept(upTo:)`` can still accept them. The
  /// C function is `uv_poll_stop`.
  public func pause() {
    guard !isClosing else { return }
    retryTimer.stop()
    unsafe uv_poll_stop(raw(as: uv_poll_t.self))
  }

  /// Has the kernel begin no new handshake. Once the handshakes in progress have completed, no more
  /// connections arrive, and the listener can be closed without resetting one. A client that tries
  /// to connect meanwhile sends its SYN again after a second. By then the port refuses it, or it
  /// reaches another listener that shares the port. The C function is `setsockopt`, with
  /// `SO_ATTACH_FILTER`.
  ///
  /// - Returns: false if new connections are still established, because the kernel refuses the
  ///   filter or because the socket is inherited: the next process that gets it must receive
  ///   connections.
  public func stopHandshakes() -> Bool {
    guard !isInherited, socket != nil else { return false }
    do throws(UVError) {
      try socket?.dropNewHandshakes()
      return true
    } catch {
      return false
    }
  }

  /// Accepts again after ``pause()``, first the connections that wait. The C function is
  /// `uv_poll_start`. If it fails, the handler is notified, and the listener tries again.
  public func resume() {
    guard !isClosing else { return }
    do throws(UVError) {
      try watch()
    } catch {
      handler?.listener(self, didFailToAccept: error)
      retryLater()
    }
  }

  private func watch() throws(UVError) {
    try unsafe check(
      uv_poll_start(raw(as: uv_poll_t.self), CInt(UV_READABLE.rawValue)) { poll, status, _ in
        unsafe TCPListener.object(of: poll)?.didBecomeReadable(status)
      })
  }

  private func didBecomeReadable(_ status: CInt) {
    if status < 0 {
      handler?.listener(self, didFailToAccept: UVError(code: status))
      return retryLater()
    }
    let end = Loop.nowNanoseconds + Self.nanosecondsPerEvent
    for _ in 0..<Self.connectionsPerEvent {
      switch accept(upTo: 1) {
      case .empty: return
      case .blocked: return retryLater()
      case .unknown: if defersAccept, Loop.nowNanoseconds >= end { return }
      }
    }
  }

  private func retryLater() {
    guard !isClosing else { return }
    pause()
    retryTimer.start(afterMilliseconds: Self.retryMilliseconds) { [unowned self] in resume() }
  }
}

// MARK: - Accepting

extension TCPListener {
  /// What ``accept(upTo:)`` found in the kernel's queue.
  public enum Backlog: Sendable {
    /// No connection waits.
    case empty
    /// The requested number of connections has been accepted; more may wait.
    case unknown
    /// Connections wait that cannot be accepted now, and the handler has been notified of the
    /// reason.
    case blocked
  }

  /// Accepts waiting connections at once, and notifies the handler of each.
  ///
  /// - Parameter count: the maximum number, including those that fail.
  public func accept(upTo count: Int) -> Backlog {
    for _ in 0..<count {
      guard socket != nil else { return .empty }  // The handler has closed the listener.
      do throws(UVError) {
        try acceptNext()
      } catch {
        switch error.code {
        case UV_EAGAIN.rawValue: return .empty
        case let code where Self.isOfOneConnection(code): continue
        case UV_EMFILE.rawValue, UV_ENFILE.rawValue:
          // The kernel allocates the descriptor before it checks whether a connection waits.
          let backlog = refuseNext()
          if backlog == .empty { return .empty }
          handler?.listener(self, didFailToAccept: error)
          if backlog == .blocked { return .blocked }
        default:
          handler?.listener(self, didFailToAccept: error)
          return .blocked
        }
      }
    }
    return .unknown
  }

  private func acceptNext() throws(UVError) {
    guard let number = socket?.number else { return }
    accepted = try Descriptor.accepting(from: number)
    handler?.listenerDidReceiveConnection(self)
    accepted = nil  // Closes it, if the handler has not taken it over.
  }

  /// Accepts a connection with the spare descriptor, and closes it.
  private func refuseNext() -> Backlog {
    if reserve == nil { reserve = .reserve() }  // Lost before; a descriptor may be free again.
    guard reserve != nil, let number = socket?.number else { return .blocked }
    reserve = nil
    defer { reserve = .reserve() }
    do throws(UVError) {
      _ = try Descriptor.accepting(from: number)
      return .unknown
    } catch {
      return error.code == UV_EAGAIN.rawValue ? .empty : .blocked
    }
  }

  /// Whether an error of `accept` concerns only one connection, which is then gone, or is due to a
  /// signal. accept(2) tells TCP/IP programs to retry after these.
  private static func isOfOneConnection(_ code: Int32) -> Bool {
    [
      ECONNABORTED, EINTR, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
      EOPNOTSUPP, ENETUNREACH,
    ].contains(-code)
  }

  /// Transfers ownership of the connection that has just been accepted.
  ///
  /// - Throws: `UV_EAGAIN` if there is none, or it has been taken already.
  func takeAccepted() throws(UVError) -> Descriptor {
    try checkIsOpen()
    guard let descriptor = accepted.take() else { throw UVError(code: UV_EAGAIN.rawValue) }
    return descriptor
  }
}
