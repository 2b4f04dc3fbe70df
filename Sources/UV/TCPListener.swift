internal import CLibUV
import Glibc

/// What a listener tells of. Calls come from the loop, or from ``TCPListener/accept(upTo:)``.
public protocol TCPListenerHandler: AnyObject {
  /// A client has connected: ``TCPStream/init(accepting:handler:)`` takes the connection over. It is
  /// closed if that is not called before this returns.
  func listenerDidReceiveConnection(_ listener: TCPListener)

  /// A connection could not be accepted, for want of descriptors for instance. It has been closed,
  /// or waits until the listener tries again.
  func listener(_ listener: TCPListener, didFailToAccept error: UVError)
}

/// A TCP socket that waits for connections.
///
/// It watches the socket with a `uv_poll_t` and accepts by itself. `uv_listen` is not used, because
/// its versions differ: up to 1.44 it accepts all that wait, from 1.45 on one connection an event,
/// and then it closes connections without a word when there are no descriptors left.
///
/// An open listener keeps its handler alive, and lets go of it when it has closed.
@safe
public final class TCPListener: Handle {
  /// How many connections one event accepts, so that a burst of them does not hold up the others.
  /// The next round of the loop goes on with the rest.
  static let connectionsPerEvent = 64

  /// For how long one event accepts connections that come with bytes, which the handler may answer at
  /// once. The first is always accepted.
  static let nanosecondsPerEvent: UInt64 = 1_000_000

  /// How long the listener waits if no connection can be accepted although some wait: the system
  /// would report them again at once, for as long as that lasts.
  static let retryMilliseconds: UInt64 = 100

  unowned let loop: Loop
  /// `nil` once the listener is closing.
  private var socket: Descriptor?
  /// Given up to accept a connection when no descriptor is left, so that it can be closed: else it
  /// would wait until its client gave up.
  private var reserve: Descriptor?
  /// Whether the system holds a connection back until its client has sent something: then it is
  /// worth while to call ``TCPStream/readOnce()`` first. An inherited socket is as it was set before.
  public let defersAccept: Bool
  /// Whether another process may have the socket, too, and listen on it when this one has ended.
  private let isInherited: Bool
  /// The connection that the handler is being told of.
  private var accepted: Descriptor?
  private let retryTimer: Timer
  private var handler: (any TCPListenerHandler)?

  /// Binds to an address and listens. Connections inherit `TCP_NODELAY`: small writes are sent at
  /// once.
  ///
  /// The C functions are `socket`, `bind`, `listen`, `uv_poll_init` and `uv_poll_start`.
  ///
  /// - Parameters:
  ///   - address: with `::`, both IPv6 and IPv4 connections are taken.
  ///   - sharesPort: whether other listeners that say so too may have this address. Linux then
  ///     spreads the connections over them (`SO_REUSEPORT`, socket(7)).
  ///   - defersAccept: whether a connection is to be told of only when its client has sent something,
  ///     or nothing for a second: see ``defersAccept``, which is false if the system cannot do it.
  ///   - backlog: how many connections may wait to be accepted; the system caps it.
  public convenience init(
    loop: Loop, address: SocketAddress, sharesPort: Bool = false, defersAccept: Bool = false,
    backlog: Int32 = 4096, handler: any TCPListenerHandler
  ) throws(UVError) {
    let socket = try Descriptor.socket(boundTo: address, sharesPort: sharesPort)
    if defersAccept { try? socket.deferAccept() }
    try self.init(
      loop: loop, socket: socket, isInherited: false, backlog: backlog, handler: handler)
  }

  /// Listens on a socket that has been bound already, by systemd for instance, and has it not block.
  ///
  /// The C functions are `listen`, `uv_poll_init` and `uv_poll_start`.
  ///
  /// - Parameter descriptor: of a TCP socket; it is the listener's from now on.
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
    // `uv_poll_init` has the socket not block.
    try unsafe super.init(uv_poll_t.self) { unsafe uv_poll_init(loop.pointer, $0, number) }
    do {
      try resume()
    } catch {
      close()
      throw error
    }
  }

  /// The address that the listener is bound to: tells the port if 0 was asked for. The C function
  /// is `getsockname`.
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

  /// Closes the socket now, not after this round of the loop: until then, connections would go on to
  /// be established that nobody accepts. `uv_close` of a `uv_poll_t` allows it.
  override func didBeginClosing() {
    retryTimer.close()
    socket = nil
    reserve = nil
  }

  override func didClose() { handler = nil }
}

// MARK: - Watching

extension TCPListener {
  /// Tells of no connection any more, unless ``accept(upTo:)`` is called: they wait in the system.
  /// The C function is `uv_poll_stop`.
  public func pause() {
    guard !isClosing else { return }
    retryTimer.stop()
    unsafe uv_poll_stop(raw(as: uv_poll_t.self))
  }

  /// Has the system begin no new handshake, so that after those under way no connection comes any
  /// more, and the listener can be closed without one being reset. Clients that begin one then wait:
  /// they ask again after a second, and are refused if it has closed, or reach another listener that
  /// shares the port. The C function is `setsockopt`, with `SO_ATTACH_FILTER`.
  ///
  /// - Returns: false if connections go on to be established, because the system refuses the filter,
  ///   or the socket is inherited: its connections are for whoever is given it next.
  public func stopHandshakes() -> Bool {
    guard !isInherited, socket != nil else { return false }
    do throws(UVError) {
      try socket?.dropNewHandshakes()
      return true
    } catch {
      return false
    }
  }

  /// The C function is `uv_poll_start`.
  private func resume() throws(UVError) {
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
    retryTimer.start(afterMilliseconds: Self.retryMilliseconds) { [unowned self] in
      do throws(UVError) {
        try resume()
      } catch {
        handler?.listener(self, didFailToAccept: error)
        retryLater()
      }
    }
  }
}

// MARK: - Accepting

extension TCPListener {
  /// What is known of the connections that wait in the system.
  public enum Backlog: Sendable {
    /// None waited when it was looked.
    case empty
    /// As many as were asked for have been accepted; more may wait.
    case unknown
    /// Some wait that cannot be accepted now, and the handler has been told why.
    case blocked
  }

  /// Accepts connections that wait, and tells the handler of each, without a round of the loop.
  ///
  /// - Parameter count: how many at most, with those that fail.
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
          // The system looks for a descriptor before it looks whether a connection waits.
          let backlog = turnNextAway()
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
    accepted = nil  // Closes it, if nobody has taken it over.
  }

  /// Accepts a connection in place of the reserve, only to close it.
  private func turnNextAway() -> Backlog {
    if reserve == nil { reserve = .reserve() }  // Lost before; there may be descriptors again.
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

  /// Whether an error of `accept` is that of a connection, which is gone with it, or a signal's:
  /// accept(2) has TCP/IP programs go on after these.
  private static func isOfOneConnection(_ code: Int32) -> Bool {
    [
      ECONNABORTED, EINTR, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
      EOPNOTSUPP, ENETUNREACH,
    ].contains(-code)
  }

  /// The connection that the handler is being told of, once.
  func takeAccepted() throws(UVError) -> Descriptor {
    try checkIsOpen()
    guard let descriptor = accepted.take() else { throw UVError(code: UV_EAGAIN.rawValue) }
    return descriptor
  }
}
