import API
import Glibc
import Logging
import Reservations
import UV

// Draining: the server answers every request that has arrived, and then stops.

extension Server {
  /// The first SIGTERM or SIGINT starts the drain, the second ends the server at once. SIGHUP
  /// confirms the clock.
  func didReceiveSignal(_ number: Int32) {
    guard number != SIGHUP else {
      let isTrusted = service.source.acceptClock(at: now())
      return logger.notice(
        "SIGHUP: the clock is \(isTrusted ? "trusted as it is" : "not trusted: it is before 2024")")
    }
    guard !service.isDraining else {
      logger.notice("second signal: closing \(main.connections.count) connections now")
      return closeAll()
    }
    drain(because: number == SIGINT ? "SIGINT" : "SIGTERM")
  }

  /// Answers the requests that have arrived, and then stops.
  func drain(because reason: String) {
    service.enter(.draining)
    didChangeState("STOPPING=1")
    main.listener?.pause()
    let defersAccept = main.listener?.defersAccept ?? false
    let stopsHandshakes = main.listener?.stopHandshakes() ?? false
    acceptEstablished(isLast: !stopsHandshakes)
    let limit = service.limits.drainTimeoutMilliseconds
    logger.notice(
      "\(reason): draining \(main.connections.count) connections, for \(limit) ms at most")
    guard main.connections.count > 0 || main.listener != nil else { return stop() }
    loop.updateTime()  // Accepting thousands of connections takes a while.
    let now = loop.nowMilliseconds
    let handshakeMilliseconds =
      !stopsHandshakes
      ? 0 : defersAccept ? Limits.drainNoticeMilliseconds : Limits.handshakeMilliseconds
    let deadlines = DrainDeadlines(
      handshakesMilliseconds: now + handshakeMilliseconds,
      burstsMilliseconds: now + UInt64(limit) / 2,
      allMilliseconds: now + UInt64(limit))
    nextRound { [unowned self] in
      nextRound { [unowned self] in closeIdleConnections(deadlines) }
    }
  }

  /// The times, on the loop's clock, until which a drain waits.
  private struct DrainDeadlines {
    /// For handshakes in progress, and for connections that the kernel holds back until their
    /// clients send data. The latter get as long as an idle connection.
    var handshakesMilliseconds: UInt64
    /// For the ends of bursts. From then on, the server announces the last response even to a
    /// client that sends one burst after another, which would otherwise be cut off at the end of
    /// the drain.
    var burstsMilliseconds: UInt64
    /// For requests, and for clients that read their responses.
    var allMilliseconds: UInt64
  }

  /// Calls `action` after the loop has handled all pending events.
  private func nextRound(_ action: @escaping () -> Void) {
    drainTimer.start(afterMilliseconds: 1, action)
  }

  /// Accepts every connection that the kernel has established.
  ///
  /// `MAX_CONNECTIONS` holds here, too, but connections past it are not refused: they stay in the
  /// kernel's queue until others have closed, and the listener stays open until that queue is
  /// empty.
  ///
  /// - Parameter isLast: whether to close the listener once its queue is empty. Closing it earlier
  ///   would reset the connections in the queue.
  private func acceptEstablished(isLast: Bool) {
    guard let listener = main.listener else { return }
    let room = max(0, service.limits.connectionCount - main.connections.openCount)
    guard listener.accept(upTo: room) == .empty, isLast else { return }
    listener.close()
    main.listener = nil
  }

  /// Closes idle connections. By now the requests that had arrived are read, and every last
  /// response has `Connection: close`.
  ///
  /// A client that has just been answered probably sends its next request soon. Its connection
  /// stays open for a moment, so that the server can answer that request with `Connection: close`.
  /// Connections that have been idle for longer close at once. Incomplete requests and unread
  /// responses have until the deadline.
  private func closeIdleConnections(_ deadlines: DrainDeadlines) {
    acceptEstablished(isLast: loop.nowMilliseconds >= deadlines.handshakesMilliseconds)
    guard main.connections.count > 0 || main.listener != nil else { return stop() }
    if loop.nowMilliseconds >= deadlines.burstsMilliseconds { service.enter(.drainingBursts) }
    main.connections.closeIdle(forMilliseconds: Limits.drainNoticeMilliseconds)
    guard loop.nowMilliseconds < deadlines.allMilliseconds else {
      logger.warning("drain timed out: closing \(main.connections.count) connections")
      return closeAll()
    }
    drainTimer.start(afterMilliseconds: Limits.drainTickMilliseconds) { [unowned self] in
      closeIdleConnections(deadlines)
    }
  }

  func closeAll() {
    main.closeAll()
    if main.connections.count == 0 { stop() }
  }

  /// Releases the reservation, and then closes what keeps the loop running.
  ///
  /// The server does not wait for a disk that hangs: the recorded limit is safe, and the next
  /// process only waits a little longer.
  func stop() {
    guard service.enter(.stopping) else { return }
    main.connections.close()
    admin?.closeAll()
    admin?.connections.close()
    unavailabilityTimer.close()
    renewalTimer.close()
    handshakeTimer.close()
    timestampTimer?.close()
    nextSteps?.close()
    accessLogWriter?.close()
    main.security?.close()
    storeSecurity?.close()
    guard service.source.hasStarted || failure == nil else { return closeLast() }
    let milliseconds = service.source.storeClient?.policy.releaseMilliseconds ?? 1
    drainTimer.start(afterMilliseconds: UInt64(milliseconds)) { [unowned self] in
      logger.error("the reservation could not be cut back: the store does not answer")
      guard failure == nil else { return closeLast() }
      logStop()
      // A return from `main` would wait for libuv's threads, and so for the disk.
      exit(EXIT_SUCCESS)
    }
    service.source.releaseReservation { [unowned self] error in
      if let error { logger.error("the reservation could not be cut back: \(error)") }
      closeLast()
    }
  }

  private func closeLast() {
    service.source.storeClient?.close()
    for signal in signals { signal.close() }
    guard failure == nil else { return drainTimer.close() }
    // Do not wait for work on another thread, such as the look-up of a name.
    drainTimer.start(afterMilliseconds: UInt64(StoreClient.patienceMilliseconds)) {
      [unowned self] in
      logStop()
      exit(EXIT_SUCCESS)
    }
    drainTimer.unreference()
  }

  /// Logs that the server stops, after the last lines of the access log have been written or
  /// counted.
  func logStop() {
    accessLogWriter?.finish()
    let requests = service.metrics
    logger.notice(
      "stopped: \(requests.totalAnswers) requests answered, \(requests.totalIDs) IDs made")
  }
}
