extension Connection {
  /// What the connection is waiting for, and so which deadline it has.
  enum Phase: Int, CaseIterable {
    /// For a request.
    case idle
    /// For the rest of a request's head.
    case head
    /// For the rest of a request's body, which has a time of its own.
    case body
    /// For the next millisecond, with a request for a few IDs. It has no deadline: that one always
    /// comes.
    case waitingForFew
    /// The same, with a request for many.
    case waitingForBatch
    /// For the client to take the last responses.
    case finishing
    /// For the client, which has been sent everything, to close.
    case lingering
    /// Whether it is for the next millisecond.
    var isWaiting: Bool { self == .waitingForFew || self == .waitingForBatch }

    init(waitingFor size: RequestSize) {
      self = size == .few ? .waitingForFew : .waitingForBatch
    }
  }
}
