import HTTP1
import Reservations
import Snowflake

/// What all sessions of one loop share: the generator, what answers are made of, and the sums of what
/// their clients have here.
///
/// It is not `Sendable`, and the generator in it is `~Copyable`: one loop thread owns both, and the
/// compiler sees to it.
final class IDService {
  let source: IDSource
  let limits: Limits
  private(set) var frames: IDFrames
  let heads = HeadTemplates()
  /// What is random about the page's head: passed in, so that answers can be compared.
  var makeNonce = Page.randomNonce
  let metrics = Metrics()
  var keptMetrics = KeptMetrics()
  /// `nil` unless requests are logged.
  var accessLog: AccessLog?
  let bufferBudget: BufferBudget
  /// How many requests wait for the next millisecond.
  private(set) var waiters = WaiterCounts()
  private var fewShare = MillisecondShare()
  var life = Life.serving
  let memo = RequestMemo()

  /// Why no IDs are made at present, `nil` if they are, and who is told when that changes.
  private var unavailability: IDUnavailable?
  var didChangeUnavailability: (IDUnavailable?) -> Void = { _ in }

  private var currentDate = CurrentDate(unixSecond: 0)

  /// What a server goes through, in this order.
  enum Life {
    case serving
    /// It answers what has come, and says of each answer that may be a connection's last that it is.
    case draining
    /// The same, for the second half of the drain's time: a client that sends burst after burst is not
    /// waited for any more.
    case drainingBursts
    /// All connections have closed: it gives its time and its machine ID back.
    case stopping
  }

  var isDraining: Bool { life != .serving }

  init(source: IDSource, limits: Limits) {
    self.source = source
    self.limits = limits
    bufferBudget = BufferBudget(limitBytes: limits.heldBytes)
    // Those of `auto` are made anew once it is known which machine ID that is.
    frames = IDFrames(machineID: source.machineID ?? 0)
  }

  /// Makes 1…`count` IDs, as many as this millisecond still has for requests of this size.
  @inline(__always)
  func nextRun(
    upTo count: Int, for size: RequestSize, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    do throws(IDUnavailable) {
      let run =
        size == .few && waiters.batch > 0
        ? try nextRunOfShare(upTo: count, at: now) : try source.nextRun(upTo: count, at: now)
      if unavailability != nil { setUnavailability(nil) }
      metrics.didMakeIDs(run.count)
      return run
    } catch {
      if error != .notYet { setUnavailability(error) }
      throw error
    }
  }

  /// A request begins to wait, or no longer does.
  func changeWaiters(_ size: RequestSize, by change: Int) {
    // Replaced, not changed in place, which avoids dynamic exclusivity enforcement for all who read it.
    var waiters = waiters
    waiters[size] += change
    self.waiters = waiters
  }

  /// While batches wait, requests for a few leave half of each millisecond to them.
  private func nextRunOfShare(
    upTo count: Int, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    let remaining = fewShare.remainingCount(at: max(now.timestamp, source.lastTimestamp))
    guard remaining > 0 else { throw .notYet }
    let run = try source.nextRun(upTo: min(count, remaining), at: now)
    fewShare.didTake(run.count, at: run.first.timestamp)
    return run
  }

  /// Why no request for an ID would be answered with one, `nil` if it would.
  func readiness(at now: ClockReading) -> Problem? {
    let unavailability = checkAvailability(at: now)
    if case .reservationLost = unavailability { return unavailability.map { Problem($0) } }
    return isDraining ? .draining : unavailability.map { Problem($0) }
  }

  /// Why no ID could be made now, `nil` if one could. It asks nothing of the store; the first look at a
  /// jump of the clock begins the time for which that must hold.
  func checkAvailability(at now: ClockReading) -> IDUnavailable? {
    setUnavailability(source.unavailability(at: now))
    return unavailability
  }

  /// The source has a machine ID.
  func didStart() {
    if let machineID = source.machineID { frames = IDFrames(machineID: machineID) }
    unavailability = nil  // A start is no change that anybody must be told of.
  }

  private func setUnavailability(_ reason: IDUnavailable?) {
    let isChange = unavailability?.code != reason?.code
    unavailability = reason
    if isChange, source.hasStarted { didChangeUnavailability(reason) }
  }

  /// What `Date` says.
  func date(at now: ClockReading) -> CurrentDate {
    let second = now.unixMilliseconds / 1000
    if second != currentDate.unixSecond { currentDate = CurrentDate(unixSecond: second) }
    return currentDate
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
