public import HTTP1
import UV

/// A bound on everything that a client can make the server hold, and for how long.
///
/// Each can be set: see ``Setting``.
public struct Limits: Equatable, Sendable {
  public var head = HeadLimits()
  /// Of a body, which is read and discarded.
  public var bodyBytes = 65_536
  public var connectionCount = 10_000
  /// Of responses that one client has not read; from there on, reading pauses until it catches up.
  public var queuedBytes = 1_048_576
  /// Of memory for the unread responses and unfinished requests of all clients. From half of it on,
  /// reading from clients with unread responses pauses; past it, the largest holder is evicted.
  public var heldBytes = 25_165_824
  /// From a request's first byte to the end of its head, and again to the end of its body.
  public var headTimeoutMilliseconds = 10_000
  /// From one response to the next request.
  public var idleTimeoutMilliseconds = 75_000
  /// From SIGTERM to the end.
  public var drainTimeoutMilliseconds = 10_000

  public init() {}

  /// How long a connection that the server has ended is still read from. To close while bytes come
  /// in would reset the connection, and the client could lose the last response.
  static let lingerTimeoutMilliseconds = 2000

  /// How long a connection that was busy just now stays open when the server drains.
  static let drainNoticeMilliseconds: UInt64 = 250

  /// How long a server that drains waits for the ends of handshakes that are under way.
  static let handshakeMilliseconds: UInt64 = 20

  /// How often a server that drains looks for connections to close.
  static let drainTickMilliseconds: UInt64 = 20

  /// How much memory the buffer for the answers of one step has at first.
  static let outputBytes = 262_144

  /// For how long in a round of the loop connections that have yielded get their next steps, and
  /// for how long those that are postponed.
  static let nextStepsNanoseconds: UInt64 = 1_000_000

  /// How many deadlines one callback of the loop acts upon; the next one is a millisecond later.
  static let expirationsPerSweep = 64

  /// How many requests wait for the next millisecond, each on its own connection.
  static let waitingCount = 1000

  /// How many bytes of requests wait behind one that cannot be answered yet.
  static let pendingBytes = 65_536

  /// How many connections past `connectionCount` are open at once to be told so.
  static let refusedConnectionCount = 100

  /// Descriptors that are no connections: standard streams, loop, listener, signals, state.
  static let reservedDescriptorCount = 32
}
