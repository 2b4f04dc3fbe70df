extension Connection {
  /// What a connection is doing. Each state is a queue of ``ConnectionTable``, with a deadline or an
  /// order.
  enum State: Int, CaseIterable {
    /// It waits for a request.
    case idle
    /// It waits for the rest of a request's head.
    case head
    /// It waits for the rest of a request's body, which has a time of its own.
    case body
    /// Its request for a few IDs waits for the next millisecond, which always comes: there is no
    /// deadline.
    case waitingForFew
    /// Its request for many IDs waits for the next millisecond.
    case waitingForBatch
    /// Its step's budget is used up, or its client has caught up: it waits for its next step, while
    /// reading pauses.
    case yielded
    /// Its request asks for much, and waits for its next step behind those that ask for little.
    case postponed
    /// Its output is full: reading pauses, and nothing is answered, until the client catches up.
    case blocked
    /// The last response is being sent, and the client sends nothing more: the connection closes as
    /// soon as it is sent.
    case closingWhenSent
    /// The last response is being sent, and the end of the stream behind it. What the client still
    /// sends is read and ignored.
    case finishing
    /// Everything has been sent: it waits for the client to close.
    case lingering

    /// Whether a request waits for the next millisecond.
    var isWaiting: Bool { self == .waitingForFew || self == .waitingForBatch }

    init(waitingFor size: RequestSize) {
      self = size == .few ? .waitingForFew : .waitingForBatch
    }

    /// How long it may last; `nil` if there is no deadline.
    func timeoutMilliseconds(_ limits: Limits) -> Int? {
      switch self {
      case .idle, .blocked, .closingWhenSent, .finishing: limits.idleTimeoutMilliseconds
      case .head, .body: limits.headTimeoutMilliseconds
      case .waitingForFew, .waitingForBatch, .yielded, .postponed: nil
      case .lingering: Limits.lingerTimeoutMilliseconds
      }
    }
  }
}
