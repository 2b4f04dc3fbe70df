extension Session {
  /// How a step ended, which determines what must happen next.
  package enum Step: Equatable {
    /// All complete requests are answered: continue to read.
    case reading(Expected)
    /// A request waits for the next timestamp: call ``resume(at:within:into:)`` then.
    case waiting(RequestSize)
    /// The step's budget is used up: call ``resume(at:within:into:)`` after the steps of all other
    /// connections.
    case yielded
    /// An expensive request is complete, and the step may not answer it: call
    /// ``resume(at:within:into:)`` after the steps with cheap requests.
    case postponed
    /// The last response has been written: send it and close.
    case ended(Ending)
  }

  /// What the next bytes belong to.
  package enum Expected {
    /// A new request.
    case request
    /// An incomplete head.
    case head
    /// The body of a request whose head is complete.
    case body
  }

  /// Whether the client may still send when the last response has been written.
  package enum Ending {
    /// It sends nothing more: the connection can close once the response is sent.
    case clientIsDone
    /// It may still send. If the connection closed at once, the client could receive a reset before
    /// it has read the response: RFC 9112 §9.6.
    case clientMaySend
  }

  /// What the session knows about bytes that it has not received yet.
  enum Input {
    /// It knows of none.
    case open
    /// There may be more: the last read took as much as it was allowed to, or reading paused
    /// between two steps. The next read decides; until then no response has `Connection: close`
    /// because of a drain.
    case mayHaveMore
    /// There probably is more: the last read filled the whole buffer, or reading paused until the
    /// client catches up. No response has `Connection: close` because of a drain.
    case burst
    /// The client has closed its half of the connection: there are no more.
    case ended
  }
}
