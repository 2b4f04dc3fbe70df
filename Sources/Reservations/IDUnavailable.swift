package import Snowflake

/// Why no ID can be made.
package enum IDUnavailable: Error, Equatable {
  /// The IDs of this timestamp are used up, or a limit is about to become durable: wait a moment.
  case notYet
  /// The store with this name has not given a machine ID yet.
  case starting(store: String)
  /// The last owner of the machine ID had reserved time that is still ahead, as after a crash. The
  /// process makes IDs as soon as that time has passed, in this many milliseconds: 1 or more.
  case reservationPending(milliseconds: Int64)
  /// The clock is behind, before the epoch, or past the last timestamp.
  case clock(GeneratorError)
  /// The clock has been set forward.
  case clockJumped(milliseconds: Int64)
  /// The reserved time is over, and the store has failed, or does not answer.
  case reservationExpired(StoreError?)
  /// Another process has the machine ID now, or could have it: this process makes no more IDs.
  case reservationLost(StoreError)
}

extension IDUnavailable {
  /// The stable `code` of a problem, in snake case.
  package var code: String {
    switch self {
    case .notYet: "not_yet"
    case .starting: "starting"
    case .reservationPending: "reservation_pending"
    case .clock(.clockBehind): "clock_behind"
    case .clock(.clockBeforeEpoch): "clock_before_epoch"
    case .clock: "clock_past_maximum"
    case .clockJumped: "clock_jumped"
    case .reservationExpired: "reservation_expired"
    case .reservationLost: "reservation_lost"
    }
  }

  /// What is wrong, for operators and clients' developers.
  package var reason: String {
    switch self {
    case .notYet: "the IDs of this timestamp are used up"
    case .starting(let store): "the server is starting, and waits for \(store)"
    case .reservationPending(let milliseconds):
      "the time that was reserved before the last stop ends in \(milliseconds) ms"
    case .clock(let error): "\(error)"
    case .clockJumped(let milliseconds):
      "the clock has jumped forward by \(milliseconds) ms; it is trusted again after "
        + "\(ForwardJumpDetector.holdMilliseconds / 1000) s without another jump, or on SIGHUP"
    case .reservationExpired(let error):
      "the reserved time is over, and the store "
        + (error.map { "has failed: \($0)" } ?? "does not answer")
    case .reservationLost(let error): "the machine ID is lost: \(error)"
    }
  }

  /// The value of `Retry-After` in seconds, 1 or more.
  package var retryAfterSeconds: Int {
    switch self {
    case .clock(.clockBehind(let milliseconds)), .reservationPending(let milliseconds):
      Int((milliseconds + 999) / 1000)
    case .clock, .clockJumped: 60
    case .notYet, .starting, .reservationExpired, .reservationLost: 1
    }
  }
}
