import BuildInfo
import Documents
import HTTP1
package import Reservations
import Snowflake

/// The state that all sessions of a loop share: the generator, response templates, counters and
/// limits.
///
/// It is not `Sendable`, and its generator is `~Copyable`, so the compiler ensures that only the
/// loop's thread uses them.
///
/// No property that changes is visible to other modules, except closures that are rarely called:
/// that avoids dynamic exclusivity enforcement.
package final class IDService {
  package let source: IDSource
  package let limits: Limits
  let layoutLimits: LayoutLimits
  /// The description of the API, for the layout.
  let apiDescription: [UInt8]
  /// The page, made when it is first requested.
  private(set) lazy var page = Page(
    for: layoutLimits, hasMetrics: router.resources.contains(.operators))
  let cors: CORSPolicy
  private(set) var templates: ResponseTemplates
  private(set) var heads: HeadTemplates
  /// The listed origin of the request that is being answered: see ``withOrigin(_:_:)``.
  private(set) var origin: Int?
  /// Makes the nonce of the page's Content-Security-Policy; tests replace it to compare responses.
  var makeNonce = Page.randomNonce
  package let metrics = RequestMetrics()
  var metricsCache = MetricsCache()
  /// `nil` unless requests are logged.
  package var accessLog: AccessLog?
  /// Appends the metrics of what runs the service: connections, the clock, the process.
  package var appendServerMetrics: (inout MetricsText) -> Void = { _ in }
  /// The requests that wait for the next timestamp.
  private(set) var waiters = WaiterCounts()
  private var fewShare: TimestampShare
  private(set) var phase = Phase.serving
  /// Of the port for clients.
  package let router: Router
  /// Of the port for operators; `nil` if they use the other one.
  package let adminRouter: Router?

  /// Why no IDs can be made at present, `nil` if they can, and the function that is notified of
  /// changes.
  private var unavailability: IDUnavailable?
  package var didChangeUnavailability: (IDUnavailable?) -> Void = { _ in }

  private typealias Templates = (ResponseTemplates, HeadTemplates)
  private var originTemplates: [Int: Templates] = [:]

  private var currentDate = CurrentDate(unixSecond: 0)

  /// The phases of a server, in this order.
  package enum Phase {
    case serving
    /// It answers requests that have arrived, and closes a connection with the last of its
    /// responses.
    case draining
    /// The same, in the second half of the drain's time: it no longer waits for the end of a burst.
    case drainingBursts
    /// All connections have closed: it releases its reservation.
    case stopping
  }

  package var isDraining: Bool { phase != .serving }

  package var hasWaiters: Bool { waiters.total > 0 }

  /// - Returns: whether it was in another phase.
  @discardableResult
  package func enter(_ phase: Phase) -> Bool {
    let isChange = self.phase != phase
    self.phase = phase
    return isChange
  }

  /// - Parameter hasAdminPort: whether there is a port for operators.
  package init(
    source: IDSource, limits: Limits, cors: CORSPolicy = .none, hasAdminPort: Bool = false
  ) {
    self.source = source
    router = Router(hasAdminPort ? .clients : .all)
    adminRouter = hasAdminPort ? Router(.operators) : nil
    self.limits = limits
    layoutLimits = LayoutLimits(source.layout)
    apiDescription = Self.apiDescription(for: layoutLimits)
    self.cors = cors
    fewShare = TimestampShare(of: source.layout)
    // With `auto`, `didStart` makes them again with the machine ID that was claimed.
    (templates, heads) = Self.makeTemplates(
      machineID: source.machineID ?? 0, otherFieldLines: cors.fieldLines(for: nil))
  }

  /// The content of `/openapi.yaml`.
  static func apiDescription(for limits: LayoutLimits) -> [UInt8] {
    var words = LayoutWords(limits).ofAPIDescription
    words["version"] = BuildInfo.version
    return Template.filled(Documents.apiDescription, with: words)
  }

  /// Makes 1…`count` IDs: fewer if this timestamp has fewer left for requests of this size.
  @inline(__always)
  func nextRun(
    upTo count: Int, for size: RequestSize, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    do throws(IDUnavailable) {
      let run =
        size == .few && waiters.batch.requests > 0
        ? try nextRunOfShare(upTo: count, at: now) : try source.nextRun(upTo: count, at: now)
      if unavailability != nil { setUnavailability(nil) }
      metrics.didMakeIDs(run.count)
      return run
    } catch {
      if error != .notYet { setUnavailability(error) }
      throw error
    }
  }

  /// Counts a request that begins to wait or no longer waits.
  func changeWaiters(_ route: Route, by change: Int) {
    // Replaced, not changed in place, which avoids dynamic exclusivity enforcement for readers.
    var waiters = waiters
    waiters.change(route, by: change)
    self.waiters = waiters
  }

  /// Makes IDs for a request for a few. While batches wait, such requests leave half of each
  /// timestamp's IDs to them.
  private func nextRunOfShare(
    upTo count: Int, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    // The last timestamp goes on until the next begins, which can be many milliseconds later.
    let isNew = now.unixMilliseconds >= source.nextUnixMilliseconds
    let remaining = fewShare.remainingCount(
      at: isNew ? now.unixMilliseconds : source.lastUnixMilliseconds)
    guard remaining > 0 else { throw .notYet }
    let run = try source.nextRun(upTo: min(count, remaining), at: now)
    fewShare.didTake(run.count, at: source.lastUnixMilliseconds)
    return run
  }

  /// Why a request for an ID would be answered with 503; `nil` if it would get an ID.
  func readiness(at now: ClockReading) -> Problem? {
    let unavailability = checkAvailability(at: now)
    if case .reservationLost = unavailability { return unavailability.map { Problem($0) } }
    return isDraining ? .draining : unavailability.map { Problem($0) }
  }

  /// Why no ID can be made now; `nil` if one can. It does not ask the store. If the clock has
  /// jumped, the first check starts the time for which the clock must hold.
  package func checkAvailability(at now: ClockReading) -> IDUnavailable? {
    setUnavailability(source.unavailability(at: now))
    return unavailability
  }

  /// Called when the source has claimed a machine ID.
  package func didStart() {
    (templates, heads) = Self.makeTemplates(
      machineID: source.machineID ?? 0, otherFieldLines: cors.fieldLines(for: nil))
    originTemplates = [:]
    unavailability = nil  // The server logs the end of the start itself.
  }

  private static func makeTemplates(machineID: Int, otherFieldLines: String) -> Templates {
    (
      ResponseTemplates(machineID: machineID, otherFieldLines: otherFieldLines),
      HeadTemplates(otherFieldLines: otherFieldLines)
    )
  }

  /// Calls `body`, which answers a request, with the templates of the request's origin in place of
  /// the usual ones. So requests without a listed origin pay nothing for it.
  ///
  /// - Parameter origin: the result of ``CORSPolicy/origin(of:in:)``.
  func withOrigin(_ origin: Int?, _ body: () -> Void) {
    guard let origin else { return body() }
    let usual = (templates, heads)
    let ofOrigin =
      originTemplates[origin]
      ?? Self.makeTemplates(
        machineID: source.machineID ?? 0, otherFieldLines: cors.fieldLines(for: origin))
    originTemplates[origin] = ofOrigin
    (templates, heads) = ofOrigin
    self.origin = origin
    body()
    (templates, heads) = usual
    self.origin = nil
  }

  private func setUnavailability(_ reason: IDUnavailable?) {
    let isChange = unavailability?.code != reason?.code
    unavailability = reason
    if isChange, source.hasStarted { didChangeUnavailability(reason) }
  }

  /// The value of `Date`.
  func date(at now: ClockReading) -> CurrentDate {
    let second = now.unixMilliseconds / 1000
    if second != currentDate.unixSecond { currentDate = CurrentDate(unixSecond: second) }
    return currentDate
  }
}

extension Problem {
  /// The 503 for the time while no correct ID can be made.
  init(_ reason: IDUnavailable) {
    self.init(
      status: .serviceUnavailable, code: reason.code,
      detail: "No ID can be made: \(reason.reason).",
      retryAfterSeconds: reason.retryAfterSeconds)
  }
}
