public import HTTP1

/// The limits on what clients can make the server hold, and for how long.
///
/// The stored properties are settings: the table in the module `Settings` has their ranges.
public struct Limits: Equatable, Sendable {
  public var head = HeadLimits()
  /// The length of a body, which is read and discarded.
  public var bodyBytes = 65_536
  public var connectionCount = 10_000
  /// The unread responses of one client. At this limit, reading pauses until the client catches up.
  public var queuedBytes = 1_048_576
  /// The buffer budget: memory for the unread responses and unfinished requests of all clients.
  /// From half of it on, reading from clients with unread responses pauses; past it, the largest
  /// holder is evicted.
  public var heldBytes = 25_165_824
  /// The time from a request's first byte to the end of its head, and again to the end of its body.
  public var headTimeoutMilliseconds = 10_000
  /// The time from one response to the next request.
  public var idleTimeoutMilliseconds = 75_000
  /// The time from SIGTERM to the end of the process.
  public var drainTimeoutMilliseconds = 10_000

  public init() {}

  /// The limits of the port for operators, whose clients are few.
  package var ofAdminPort: Limits {
    var limits = self
    limits.connectionCount = 100
    limits.heldBytes = 4_194_304
    return limits
  }

  /// The time for which the server reads from a connection after it has half-closed it. Closing
  /// while bytes arrive would reset the connection, and the client could lose the last response.
  package static let lingerTimeoutMilliseconds = 2000

  /// The time for which a recently used connection stays open when the server drains.
  package static let drainNoticeMilliseconds: UInt64 = 250

  /// The time for which a draining server waits for handshakes in progress.
  package static let handshakeMilliseconds: UInt64 = 20

  /// The interval at which a draining server closes idle connections.
  package static let drainTickMilliseconds: UInt64 = 20

  /// The maximum number of bytes of one read: the size of the loop's read buffer.
  static let readBytes = 16_384

  /// The initial size of the output buffer of a step.
  package static let outputBytes = 262_144

  /// The time in each round of the loop for the next steps of yielded connections, and the same
  /// time again for those of postponed ones.
  package static let nextStepsNanoseconds: UInt64 = 1_000_000

  /// The maximum time in each round of the loop for the first part of handshakes.
  package static let handshakesNanoseconds: UInt64 = 10_000_000

  /// The memory that a handshake takes while the client's answer is awaited, as measured.
  package static let handshakeBytes = 40_960

  /// The time after which a handshake gives way to others that wait for its memory.
  package static let handshakePatienceMilliseconds: UInt64 = 1000

  /// The maximum number of deadlines handled in one callback; the next one is a millisecond later.
  package static let expirationsPerSweep = 64

  /// The maximum number of requests of each size that wait for the next timestamp. They must not
  /// ask for more IDs than the machine makes in a second either.
  package static let waitingCount = 1000

  /// The maximum number of bytes that wait behind a request that cannot be answered yet.
  package static let pendingBytes = 65_536

  /// The number of connections past `connectionCount` that may be open at once to receive a 503.
  package static let refusedConnectionCount = 100

  /// Descriptors that are not connections: standard streams, loop, listener, signals, state.
  package static let reservedDescriptorCount = 32
}
