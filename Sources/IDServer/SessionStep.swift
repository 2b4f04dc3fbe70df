extension Session {
  /// How a step ended, and so what must happen next.
  enum Step: Equatable {
    /// Everything that has come is answered, as far as it can be: read on.
    case reading(Expected)
    /// A request waits for the next millisecond: call ``resume(at:within:into:)`` then.
    case waiting(RequestSize)
    /// The step's budget is used up: call ``resume(at:within:into:)`` after the steps of all other
    /// connections.
    case yielded
    /// A request for much has come whole, and the step may not answer it: call
    /// ``resume(at:within:into:)`` after the steps of those that ask for little.
    case postponed
    /// The last response has been written: send it and close.
    case ended(Ending)
  }

  /// What the next bytes belong to.
  enum Expected {
    /// A request that has not begun.
    case request
    /// A head that has begun to come.
    case head
    /// The body of a request whose head has come.
    case body
  }

  /// What is known of a client when the last response has been written.
  enum Ending {
    /// It sends nothing more: the connection can close as soon as the response is sent.
    case clientIsDone
    /// It may still send. If the connection closed at once, the client could be reset before it has
    /// read the response: RFC 9112 §9.6.
    case clientMaySend
  }
}
