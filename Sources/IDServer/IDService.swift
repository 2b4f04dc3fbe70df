import HTTP1
import Snowflake

/// What all sessions of one loop share: the generator, what answers are made of, and the sums of what
/// their clients have here.
///
/// It is not `Sendable`, and the generator in it is `~Copyable`: one loop thread owns both, and the
/// compiler sees to it.
final class IDService {
  let source: IDSource
  let limits: Limits
  let frames: IDFrames
  /// Where the responses of one turn are gathered before they are written.
  let output = OutputBuffer(capacity: Limits.turnBytes)
  /// What is random about the page's head: passed in, so that answers can be compared.
  var makeNonce = Page.randomNonce
  let metrics = Metrics()
  /// `nil` unless requests are logged.
  var accessLog: AccessLog?
  var heldMemory: HeldMemory
  /// How many requests wait for the next millisecond.
  var waitingCount = 0
  /// Set once: answers then say that they are a connection's last.
  var isDraining = false
  let memo = RequestMemo()

  /// Why no IDs are made at present, `nil` if all is well, and who is told when that changes.
  private var trouble: IDUnavailable?
  var didChangeTrouble: (IDUnavailable?) -> Void = { _ in }

  private var currentDate = CurrentDate(unixSecond: 0)

  init(source: IDSource, limits: Limits) {
    self.source = source
    self.limits = limits
    heldMemory = HeldMemory(limitBytes: limits.heldBytes)
    frames = IDFrames(machineID: source.machineID)
  }

  /// Makes 1…`count` IDs, as many as this millisecond still has.
  @inline(__always)
  func nextRun(upTo count: Int, at now: ClockReading) throws(IDUnavailable) -> SnowflakeIDRun {
    do throws(IDUnavailable) {
      let run = try source.nextRun(upTo: count, at: now)
      if trouble != nil { setTrouble(nil) }
      metrics.didMakeIDs(run.count)
      return run
    } catch {
      if error != .notYet { setTrouble(error) }
      throw error
    }
  }

  /// Why no request for an ID would be answered with one, `nil` if it would.
  func unreadiness(at now: ClockReading) -> Problem? {
    let trouble = lookForTrouble(at: now)
    return isDraining ? .draining : trouble.map { Problem($0) }
  }

  /// Why no ID could be made now, `nil` if one could.
  func lookForTrouble(at now: ClockReading) -> IDUnavailable? {
    setTrouble(source.trouble(at: now))
    return trouble
  }

  private func setTrouble(_ newTrouble: IDUnavailable?) {
    let isChange = trouble?.code != newTrouble?.code
    trouble = newTrouble
    if isChange { didChangeTrouble(newTrouble) }
  }

  /// What `Date` says.
  func date(at now: ClockReading) -> CurrentDate {
    let second = now.unixMilliseconds / 1000
    if second != currentDate.unixSecond { currentDate = CurrentDate(unixSecond: second) }
    return currentDate
  }
}

extension IDUnavailable {
  /// Stable, in snake case: part of a problem.
  var code: String {
    switch self {
    case .notYet: "not_yet"
    case .clock(.clockBehind): "clock_behind"
    case .clock(.clockBeforeEpoch): "clock_before_epoch"
    case .clock: "clock_past_maximum"
    case .clockJumped: "clock_jumped"
    case .reservationExpired: "reservation_expired"
    }
  }

  /// What is wrong, for people.
  var reason: String {
    switch self {
    case .notYet: "the IDs of this millisecond are used up"
    case .clock(let error): "\(error)"
    case .clockJumped(let milliseconds):
      "the clock has jumped forward by \(milliseconds) ms; it is believed once it has held for "
        + "\(ClockGuard.holdMilliseconds / 1000) s, or on SIGHUP"
    case .reservationExpired(let error):
      "the reserved time is over, and the store "
        + (error.map { "has failed: \($0)" } ?? "does not answer")
    }
  }

  /// After how many seconds it makes sense to ask again, 1 or more.
  fileprivate var retryAfterSeconds: Int {
    switch self {
    case .clock(.clockBehind(let milliseconds)): Int((milliseconds + 999) / 1000)
    case .clock, .clockJumped: 60
    case .notYet, .reservationExpired: 1
    }
  }
}

extension Problem {
  /// No ID can be made: honest and temporary, never a wrong ID.
  init(_ reason: IDUnavailable) {
    self.init(
      status: .serviceUnavailable, code: reason.code,
      detail: "No ID can be made: \(reason.reason).",
      retryAfterSeconds: reason.retryAfterSeconds)
  }
}
