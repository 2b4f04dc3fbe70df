import API
import Logging
import Reservations
import UV

// Starting: claiming a machine ID, and logging when IDs can be made and when not.

/// What the log has said about the start.
struct LoggedStart {
  var isListening = false
  var isReady = false
}

extension Server {
  /// Claims a machine ID and reserves time.
  ///
  /// Connections of clients wait in the kernel until the store has answered, for a second at most.
  /// If they were accepted at once, each start would respond with 503 for some milliseconds: to
  /// requests that waited in the socket of a service manager for this process, and to requests that
  /// another process on this port would have served. The line "listening" comes when connections
  /// are accepted, so a start that fails at once logs its error alone.
  func start() {
    main.listener?.pause()
    unavailabilityTimer.start(
      afterMilliseconds: UInt64(StoreClient.patienceMilliseconds)
    ) { [unowned self] in
      beginAccepting()
      if let store = service.source.storeClient?.storeName {
        logger.warning("waiting for \(store): it does not answer")
      }
    }
    service.source.start(clock: now) { [unowned self] result in didStart(result) }
  }

  private func didStart(_ result: IDSource.StartResult) {
    unavailabilityTimer.stop()
    if case .success = result { service.didStart() }
    guard !service.isDraining else {
      if case .failure(let error) = result { logger.warning("the start has failed: \(error)") }
      return
    }
    do throws(ServerError) {
      let warnings = try result.mapError { ServerError.start($0) }.get()
      if portLock == nil, let port = try? main.listener?.address.port {
        try lockPort(port, for: service.source.machineID ?? 0)
      }
      logMachineID()
      beginAccepting()
      for warning in warnings { logger.warning("\(warning)") }
    } catch {
      failure = error
      return closeAll()
    }
    warnOfMissingStore()
    if service.source.unavailability(at: now())?.isPending != true { logReady() }
    scheduleRenewal()
    // Even if a reservation is pending: that can last for an hour, longer than a service manager
    // waits for a start.
    didChangeState("READY=1")
    _ = service.checkAvailability(at: now())
  }

  /// Renews the reservation even while no IDs are requested, if the store needs that.
  private func scheduleRenewal() {
    guard let milliseconds = service.source.millisecondsToRenewal(at: now()) else { return }
    renewalTimer.start(afterMilliseconds: UInt64(max(milliseconds, 50))) { [unowned self] in
      let now = now()
      service.source.renewIfNeeded(at: now)
      _ = service.checkAvailability(at: now)
      scheduleRenewal()
    }
  }
}

// MARK: - The log of the start

extension Server {
  /// Adds the machine ID to each line of the log, once it is known.
  func logMachineID() {
    guard let machineID = service.source.machineID else { return }
    logger[metadataKey: "machine_id"] = .stringConvertible(machineID)
  }

  /// Accepts the connections that wait, and logs the address, once.
  func beginAccepting() {
    guard !logged.isListening, let listener = main.listener else { return }
    logged.isListening = true
    if !service.isDraining { listener.resume() }
    logger.notice("listening on \(main.address)")
    if let admin { logger.notice("for operators: listening on \(admin.address)") }
  }

  private func warnOfMissingStore() {
    if service.source.storeClient == nil {
      logger.warning(
        """
        neither STATE_DIR nor ETCD_ENDPOINTS is set: IDs can repeat if the clock is set back across \
        a restart, or if another process has the same machine ID. Set STATE_DIR to a folder, for \
        the processes of one host, or ETCD_ENDPOINTS, for those of many
        """)
    } else if BootClock.bootID == nil {
      logger.warning(
        """
        /proc/sys/kernel/random/boot_id cannot be read: a clock that is set forward between two \
        processes is not detected
        """)
    }
  }

  private func logReady() {
    logged.isReady = true
    let machineID = service.source.machineID ?? 0
    if let store = service.source.storeClient?.storeName {
      logger.notice(
        "ready: machine ID \(machineID) is claimed, and its time reserved, in \(store)")
    } else {
      logger.notice("ready: machine ID \(machineID) is used without a store")
    }
  }
}

// MARK: - Unavailability

extension Server {
  /// Logs once when IDs cannot be made, and once when they can again; checks at intervals
  /// meanwhile.
  func didChangeUnavailability(_ reason: IDUnavailable?) {
    switch reason {
    case nil:
      unavailabilityTimer.stop()
      if logged.isReady { logger.notice("IDs are made again") } else { logReady() }
    case .reservationPending(let milliseconds):
      logger.notice(
        """
        ready in \(milliseconds.secondsText) s: the time that was reserved before the last stop \
        has not passed
        """)
      checkAgain(after: reason)
    case .reservationLost: break  // Logged when it was lost.
    case let reason?:
      logger.error("no IDs are made: \(reason.reason)")
      checkAgain(after: reason)
    }
  }

  /// Checks again in a second, or when the reservation that is pending has passed.
  private func checkAgain(after reason: IDUnavailable?) {
    guard let reason else { return }
    var delay: UInt64 = 1000
    if case .reservationPending(let milliseconds) = reason {
      delay = min(delay, UInt64(max(1, milliseconds)))
    }
    unavailabilityTimer.start(afterMilliseconds: delay) { [unowned self] in
      let now = now()
      service.source.renewIfNeeded(at: now)
      checkAgain(after: service.checkAvailability(at: now))
    }
  }
}

extension IDUnavailable {
  /// Whether the time that the last owner has reserved has not passed.
  fileprivate var isPending: Bool {
    if case .reservationPending = self { true } else { false }
  }
}

extension Int64 {
  /// Milliseconds as seconds, rounded up to a tenth, such as `2.2`.
  fileprivate var secondsText: String {
    let tenths = (self + 99) / 100
    return "\(tenths / 10).\(tenths % 10)"
  }
}
