import API
import Glibc
import HTTP1
public import Logging
import Reservations
import Snowflake
import UV

/// The ID service over HTTP: one loop, one generator, one thread.
public final class Server {
  /// The port for clients.
  let main: Port
  /// The port for operators; `nil` if they use the main one.
  private(set) var admin: Port?
  let service: IDService
  var clockSteps = ClockStepCounts()
  let requestMetrics: RequestMetrics
  let loop: Loop
  /// Each line has the process and, once it is known, the machine ID.
  var logger: Logger
  let didChangeState: (String) -> Void
  /// Ends the process without waiting for libuv's threads.
  let exit: (_ status: Int32) -> Never
  /// Makes the filters of the connections to the store; `nil` if they are not encrypted.
  let storeSecurity: (any ReloadingSecurity)?
  /// The buffers that collect the responses of a step.
  let outputs = OutputPool(capacity: Limits.outputBytes)

  var signals: [Signal] = []
  var accessLogWriter: AccessLogWriter?
  /// The timer for the phases of the drain, one after the other.
  let drainTimer: Timer
  let unavailabilityTimer: Timer
  let renewalTimer: Timer
  var timestampTimer: HighResolutionTimer?
  /// It runs while connections wait for their next step.
  var nextSteps: Idle?
  /// The time, on the monotonic clock, at which the next steps of the last round ended.
  var nextStepsEndNanoseconds: UInt64 = 0
  /// The timer for the handshake that must give way next.
  let handshakeTimer: Timer
  private(set) lazy var acceptFailureLog = makeAcceptFailureLog()

  /// What the log has said about the start.
  var logged = LoggedStart()

  private let clock: ServerClock
  /// Prevents a second process with this machine ID from serving the port.
  private(set) var portLock: PortLock?
  /// The error because of which it stops without a signal.
  var failure: ServerError?

  /// Opens the loop, handles SIGTERM, SIGINT and SIGHUP, and binds. It answers no request before
  /// ``run()``.
  ///
  /// - Parameter didChangeState: called with `READY=1` and `STOPPING=1`, for the service manager.
  public convenience init(
    _ configuration: Configuration, logger: Logger, security: (any ReloadingSecurity)? = nil,
    storeSecurity: (any ReloadingSecurity)? = nil,
    didChangeState: @escaping (String) -> Void = { _ in }
  ) throws(ServerError) {
    try self.init(
      configuration, logger: logger, security: security, storeSecurity: storeSecurity,
      didChangeState: didChangeState, exit: exitWithoutThreads)
  }

  /// - Parameter exit: ends the process when other threads have not finished in time.
  init(
    _ configuration: Configuration, logger: Logger, security: (any ReloadingSecurity)? = nil,
    storeSecurity: (any ReloadingSecurity)? = nil,
    didChangeState: @escaping (String) -> Void = { _ in },
    exit: @escaping (_ status: Int32) -> Never
  ) throws(ServerError) {
    self.logger = logger
    self.exit = exit
    self.didChangeState = didChangeState
    self.storeSecurity = storeSecurity
    _ = ProcessUsage.startUnixSeconds
    FileLimit.raise()
    do {
      loop = try Loop()
      drainTimer = try Timer(loop: loop)
      unavailabilityTimer = try Timer(loop: loop)
      renewalTimer = try Timer(loop: loop)
      handshakeTimer = try Timer(loop: loop)
    } catch {
      throw .loop(error)
    }
    clock = ServerClock(loop: loop)
    do throws(StartError) {
      let source = try IDSource(configuration.ids, loop: loop, security: storeSecurity)
      service = IDService(
        source: source, limits: configuration.limits, cors: configuration.cors,
        hasAdminPort: configuration.adminPort != nil)
    } catch {
      throw .start(error)
    }
    requestMetrics = service.metrics
    do throws(UVError) {
      main = try Port(
        service.router, limits: configuration.limits, loop: loop, security: security)
    } catch {
      throw .loop(error)
    }
    logMachineID()
    observe()
    do throws(UVError) {
      if configuration.hasAccessLog { accessLogWriter = try makeAccessLogWriter() }
      timestampTimer = try HighResolutionTimer(loop: loop) { [unowned self] in
        resumeWaiting(at: now())
      }
      nextSteps = try Idle(loop: loop) { [unowned self] in takeNextSteps() }
      for number in [SIGTERM, SIGINT, SIGHUP] {
        signals.append(
          try Signal(loop: loop, number: number) { [unowned self] in didReceiveSignal(number) })
      }
      try watchCertificates()
    } catch {
      throw .loop(error)
    }
    SignalMask.unblock()
    if configuration.sharesPort, configuration.port > 0, let machineID = service.source.machineID {
      // Before this process accepts a connection that the other process would have answered.
      try lockPort(configuration.port, for: machineID)
    }
    try listen(configuration)
  }

  private func listen(_ configuration: Configuration) throws(ServerError) {
    accept(on: main)
    main.listener = try makeListener(configuration)
    guard let adminPort = configuration.adminPort, let router = service.adminRouter else { return }
    let admin: Port
    do throws(UVError) {
      admin = try Port(router, limits: configuration.limits.ofAdminPort, loop: loop)
    } catch {
      throw .loop(error)
    }
    self.admin = admin
    accept(on: admin)
    admin.listener = try makeListener(adminPort, host: configuration.adminHost, for: admin)
  }

  private func observe() {
    service.appendServerMetrics = { [unowned self] in describe(in: &$0) }
    clock.didStep = { [unowned self] milliseconds in
      clockSteps.didStep(byMilliseconds: milliseconds)
      let direction = milliseconds < 0 ? "back" : "forward"
      logger.warning("the clock was set \(direction) by \(milliseconds.magnitude) ms")
    }
    service.didChangeUnavailability = { [unowned self] in didChangeUnavailability($0) }
    service.source.storeClient?.didChangeFailure = { [unowned self] error in
      guard service.source.hasStarted else { return }
      if let error {
        logger.warning("renewing the reservation failed, and is retried: \(error)")
      } else {
        logger.notice("the reservation is renewed again")
      }
    }
    service.source.storeClient?.didWait = { [unowned self] reason in
      beginAccepting()
      unavailabilityTimer.stop()
      logger.warning("\(reason)")
    }
    service.source.didLose = { [unowned self] error in
      logger.error("stopped making IDs: the machine ID is lost: \(error)")
      guard !service.isDraining else { return }
      failure = .lost(error)
      // Not within the call that asked the store.
      drainTimer.start(afterMilliseconds: 1) { [unowned self] in
        if !service.isDraining { drain(because: "machine ID lost") }
      }
    }
    main.connections.didBecomeEmpty = { [unowned self] in if main.listener == nil { stop() } }
  }

  private func makeAccessLogWriter() throws(UVError) -> AccessLogWriter {
    let log = AccessLog()
    service.accessLog = log
    let output = LineWriter(STDOUT_FILENO, limitBytes: AccessLog.bufferBytes)
    return try AccessLogWriter(log, loop: loop, output: output) { [unowned self] drops in
      logger.warning("\(drops.lineCount) lines of the access log were dropped: \(drops.reason)")
    }
  }

  /// The address that the server listens on, such as `[::]:8080`.
  public var address: String { (try? main.listener?.address.description) ?? "" }

  /// Serves until SIGTERM or SIGINT and the drain that follows.
  ///
  /// It accepts connections once the store has recorded the claim. If the store does not answer for
  /// a second, it accepts them all the same and logs that: requests for IDs get 503 then.
  ///
  /// - Throws: why it could not claim a machine ID, or why it lost it.
  public func run() throws(ServerError) {
    start()
    loop.run()
    guard let failure else { return logStop() }
    accessLogWriter?.finish()
    throw failure
  }

  /// Throws if another process of this host serves the port with the same machine ID.
  func lockPort(_ port: UInt16, for machineID: Int) throws(ServerError) {
    do throws(UVError) {
      portLock = try PortLock(port: port, machineID: machineID)
    } catch {
      throw .loop(error)
    }
    if portLock == nil { throw .portHeld(port: port, machineID: machineID) }
  }

  func now() -> ClockReading { clock.now() }
}
