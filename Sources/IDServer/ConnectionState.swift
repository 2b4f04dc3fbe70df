import API

extension Connection {
  /// The state of a connection. ``ConnectionTable`` has a queue for each, ordered by deadline or by
  /// arrival.
  enum State: Int, CaseIterable {
    /// It waits for the first bytes of the TLS handshake, within the time for a head.
    case connected
    /// Its client has begun a TLS handshake, which waits for its turn. Reading pauses.
    case greeted
    /// It waits for the end of the TLS handshake, within the time for a head.
    case handshake
    /// It waits for a request.
    case idle
    /// It waits for the rest of a request's head.
    case head
    /// It waits for the rest of a request's body, which has a timeout of its own.
    case body
    /// Its request for a few IDs waits for the next millisecond. There is no deadline.
    case waitingForFew
    /// Its request for many IDs waits for the next millisecond.
    case waitingForBatch
    /// Its step's budget is used up, or its client has caught up: it waits for its next step.
    /// Reading pauses.
    case yielded
    /// It has an expensive request, which waits for its next step after all cheap ones. Reading
    /// pauses.
    case postponed
    /// Its output is full: reading pauses, and no request is answered, until the client catches up.
    case blocked
    /// The last response is being sent, and the client sends nothing more: the connection closes
    /// once the response is sent.
    case closingWhenSent
    /// The last response is being sent, followed by the end of the stream. The server reads and
    /// ignores what the client still sends.
    case finishing
    /// Everything has been sent: it waits until the client closes.
    case lingering

    /// Whether a request waits for the next millisecond.
    var isWaiting: Bool { self == .waitingForFew || self == .waitingForBatch }

    /// Whether the connection reads in this state.
    ///
    /// - Parameter pendingByteCount: how many bytes have been read that follow a waiting request.
    func mayRead(pendingByteCount: @autoclosure () -> Int) -> Bool {
      switch self {
      case .greeted, .yielded, .postponed, .blocked: false
      case .waitingForFew, .waitingForBatch: pendingByteCount() < Limits.pendingBytes
      case .connected, .handshake, .idle, .head, .body, .closingWhenSent, .finishing, .lingering:
        true
      }
    }

    init(waitingFor size: RequestSize) {
      self = size == .few ? .waitingForFew : .waitingForBatch
    }

    /// The state's timeout; `nil` if it has none.
    func timeoutMilliseconds(_ limits: Limits) -> Int? {
      switch self {
      case .idle, .blocked, .closingWhenSent, .finishing: limits.idleTimeoutMilliseconds
      case .connected, .greeted, .handshake, .head, .body: limits.headTimeoutMilliseconds
      case .waitingForFew, .waitingForBatch, .yielded, .postponed: nil
      case .lingering: Limits.lingerTimeoutMilliseconds
      }
    }
  }
}
