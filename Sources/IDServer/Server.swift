import Glibc
import HTTP1
public import Logging
import Snowflake
import UV

/// The ID service over HTTP: one loop, one generator, one thread.
public final class Server {
  let service: IDService
  let metrics: Metrics
  let connections: ConnectionTable
  let loop: Loop
  let logger: Logger
  let didChangeState: (String) -> Void
  let output: OutputBuffer

  var listener: TCPListener?
  /// Whether only the reservation is still to be cut back.
  var isStopping = false
  var signals: [Signal] = []
  private let stateDirectory: String?
  var accessLogWriter: AccessLogWriter?
  private var clockWatch = ClockWatch()
  /// Each step of the drain, one after the other.
  let drainTimer: Timer
  let troubleTimer: Timer
  var millisecondTimer: HighResolutionTimer?

  /// Opens the loop and binds, but answers nobody until ``run()``.
  ///
  /// - Parameter didChangeState: told `READY=1` and `STOPPING=1`, as a service manager wants it.
  public init(
    _ configuration: Configuration, logger: Logger,
    didChangeState: @escaping (String) -> Void = { _ in }
  ) throws(ServerError) {
    self.logger = logger
    self.didChangeState = didChangeState
    stateDirectory = configuration.stateDirectory
    _ = ProcessUsage.startUnixSeconds
    FileLimit.raise()
    do {
      loop = try Loop()
      connections = try ConnectionTable(loop: loop, limits: configuration.limits)
      drainTimer = try Timer(loop: loop)
      troubleTimer = try Timer(loop: loop)
    } catch {
      throw .loop(error)
    }
    let source = try Self.makeSource(configuration, loop: loop, troubleTimer, logger)
    service = IDService(source: source, limits: configuration.limits)
    metrics = service.metrics
    output = service.output
    service.didChangeTrouble = { [unowned self] in didChangeTrouble($0) }
    service.source.didChangeFailure = { [logger] error in
      if let error {
        logger.warning("the reservation could not be extended, and is tried again: \(error)")
      } else {
        logger.notice("the reservation is extended again")
      }
    }
    connections.didBecomeEmpty = { [unowned self] in if listener == nil { stop() } }
    do throws(UVError) {
      if configuration.hasAccessLog { accessLogWriter = try makeAccessLogWriter() }
      millisecondTimer = try HighResolutionTimer(loop: loop) { [unowned self] in
        resumeWaiting(at: now())
      }
      for number in [SIGTERM, SIGINT, SIGHUP] {
        signals.append(
          try Signal(loop: loop, number: number) { [unowned self] in didReceiveSignal(number) })
      }
    } catch {
      throw .loop(error)
    }
    do throws(ServerError) {
      listener = try makeListener(configuration)
    } catch {
      // Nobody has had an ID: the next start need not wait for the time that is reserved.
      var isReleased = false
      source.releaseReservation { _ in isReleased = true }
      while !isReleased { loop.runOnce() }
      throw error
    }
  }

  /// Waits for the disk as long as it takes, but not in silence, and not against SIGTERM.
  private static func makeSource(
    _ configuration: Configuration, loop: Loop, _ timer: Timer, _ logger: Logger
  ) throws(ServerError) -> IDSource {
    guard let directory = configuration.stateDirectory else {
      return try IDSource(configuration, store: nil, at: now(on: loop), wait: {})
    }
    timer.start(afterMilliseconds: UInt64(IDSource.storePatienceMilliseconds)) {
      logger.warning("waiting for \(directory): the disk does not answer")
    }
    // The first process of a container that has no handler for a signal is not ended by it.
    let signals = [SIGTERM, SIGINT].compactMap { number in
      try? Signal(loop: loop, number: number) {
        logger.notice("stopped before it served: \(directory) was waited for")
        _exit(EXIT_SUCCESS)  // A return from `main` would wait for the disk.
      }
    }
    defer {
      timer.stop()
      for signal in signals { signal.close() }
    }
    return try IDSource(
      configuration, store: FileStore(loop: loop, directory: directory), at: now(on: loop),
      wait: { loop.runOnce() })
  }

  private func makeAccessLogWriter() throws(UVError) -> AccessLogWriter {
    let log = AccessLog()
    service.accessLog = log
    let output = NonBlockingOutput(STDOUT_FILENO)
    return try AccessLogWriter(log, loop: loop, output: output) { [logger] count in
      logger.warning("\(count) lines of the access log were dropped: its reader is too slow")
    }
  }

  /// The address that the server listens on, such as `[::]:8080`.
  public var address: String { (try? listener?.address.description) ?? "" }

  /// Serves until SIGTERM or SIGINT and the drain that follows.
  public func run() {
    logger.notice(
      "listening on http://\(address) (machine ID \(service.source.machineID), process \(getpid()))"
    )
    if let stateDirectory {
      logger.notice(
        "machine ID \(service.source.machineID) is locked, and time reserved, in \(stateDirectory)")
    } else {
      logger.notice(
        "STATE_DIR is not set: after a restart with the clock set back, IDs could repeat")
    }
    didChangeState("READY=1")
    loop.run()
    logStop()
  }

  /// The only place where the server reads its clocks to go by them.
  func now() -> ClockReading {
    let now = Self.now(on: loop)
    return clockWatch.isDue(at: now.unixMilliseconds) ? lookForClockStep() ?? now : now
  }

  private static func now(on loop: Loop) -> ClockReading {
    ClockReading(wall: WallClock.now(), monotonicMilliseconds: loop.nowMilliseconds)
  }

  /// Reads both clocks with care. Whoever finds that the wall clock has moved on in the middle of a
  /// round comes here: if it is the process that was stopped, the loop's time has moved on as well.
  @inline(never)
  private func lookForClockStep() -> ClockReading? {
    guard
      let (wall, monotonicNanoseconds) = ClockReading.together(
        wall: WallClock.now, monotonicNanoseconds: { Loop.nowNanoseconds })
    else { return nil }
    loop.updateTime()
    let step = clockWatch.step(
      unixNanoseconds: wall.unixNanoseconds, monotonicNanoseconds: Int64(monotonicNanoseconds))
    if step != 0 {
      metrics.didStepClock(byMilliseconds: step)
      let direction = step < 0 ? "back" : "forward"
      logger.warning("the clock was set \(direction) by \(step.magnitude) ms")
    }
    return ClockReading(wall: wall, monotonicMilliseconds: monotonicNanoseconds / 1_000_000)
  }
}

// MARK: - Accepting

extension Server: TCPListenerHandler {
  /// Listens on the address that was asked for. If none was, on all: of both families, or, where
  /// the system has no IPv6, of IPv4.
  private func makeListener(
    _ configuration: Configuration
  ) throws(ServerError) -> TCPListener {
    if let descriptor = configuration.inheritedSocket {
      do throws(UVError) {
        return try TCPListener(loop: loop, descriptor: descriptor, handler: self)
      } catch {
        throw .inheritedSocket(error)
      }
    }
    let port = configuration.port
    let host = configuration.host ?? "::"
    do throws(UVError) {
      let address = try SocketAddress(resolving: host, port: port, loop: loop)
      return try TCPListener(
        loop: loop, address: address, sharesPort: configuration.sharesPort, handler: self)
    } catch {
      guard configuration.host == nil, error.meansNoIPv6 else {
        throw .listen(host: host, port: port, error)
      }
    }
    do throws(UVError) {
      return try TCPListener(
        loop: loop, address: .anyIPv4(port: port), sharesPort: configuration.sharesPort,
        handler: self)
    } catch {
      throw .listen(host: "0.0.0.0", port: port, error)
    }
  }

  public func listenerDidReceiveConnection(_ listener: TCPListener) {
    let limit = service.limits.connectionCount
    let connection = Connection(server: self)
    do throws(UVError) {
      try connection.accept(from: listener)
    } catch {
      return self.listener(listener, didFailToAccept: error)
    }
    guard connections.count > limit else { return }
    metrics.didRefuse()
    if connections.count > limit + Limits.refusedConnectionCount {
      connection.close()
    } else {
      connection.refuse(.tooManyConnections)
    }
  }

  public func listener(_ listener: TCPListener, didFailToAccept error: UVError) {
    metrics.didFailToAccept()
    logger.warning("a connection could not be accepted: \(error)")
  }
}

// MARK: - Trouble

extension Server {
  /// Says once when IDs cannot be made, and once when they can again; looks by itself meanwhile.
  private func didChangeTrouble(_ trouble: IDUnavailable?) {
    guard let trouble else {
      troubleTimer.stop()
      return logger.notice("IDs are made again")
    }
    logger.error("no IDs are made: \(trouble.reason)")
    lookAgain()
  }

  private func lookAgain() {
    troubleTimer.start(afterMilliseconds: 1000) { [unowned self] in
      if service.lookForTrouble(at: now()) != nil { lookAgain() }
    }
  }
}
