import Glibc
import Logging
import Reservations
import UV

// How the server stops: nothing that has come is left unanswered.

extension Server {
  /// The first signal begins the drain, the second ends the server at once. SIGHUP says that the
  /// clock is right.
  func didReceiveSignal(_ number: Int32) {
    guard number != SIGHUP else {
      let isBelieved = service.source.acceptClock(at: now())
      return logger.notice(
        "SIGHUP: the clock is \(isBelieved ? "believed as it is" : "before the epoch")")
    }
    guard !service.isDraining else {
      logger.notice("second signal: closing \(connections.count) connections now")
      return closeAll()
    }
    drain(because: number == SIGINT ? "SIGINT" : "SIGTERM")
  }

  /// Answers what has come, and then stops.
  func drain(because reason: String) {
    service.life = .draining
    didChangeState("STOPPING=1")
    listener?.pause()
    let defersAccept = listener?.defersAccept ?? false
    let stopsHandshakes = listener?.stopHandshakes() ?? false
    acceptTheRest(isLast: !stopsHandshakes)
    let limit = service.limits.drainTimeoutMilliseconds
    logger.notice("\(reason): draining \(connections.count) connections, for \(limit) ms at most")
    guard connections.count > 0 || listener != nil else { return stop() }
    loop.updateTime()  // To accept thousands takes a while.
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

  /// When a drain goes on without what has not come, on the loop's clock.
  private struct DrainDeadlines {
    /// Handshakes that were under way, and connections that the system holds back until their clients
    /// send something: those get as long as one that has been accepted.
    var handshakesMilliseconds: UInt64
    /// The ends of bursts. A client that sends one burst after the other would not hear otherwise that
    /// an answer is the last, and be cut off.
    var burstsMilliseconds: UInt64
    /// Requests, and clients that read their answers.
    var allMilliseconds: UInt64
  }

  /// Calls `action` after the loop has looked once at everything that has come.
  private func nextRound(_ action: @escaping () -> Void) {
    drainTimer.start(afterMilliseconds: 1, action)
  }

  /// Accepts every connection that the system has established.
  ///
  /// The limit of connections holds here, too, but what is past it is not refused: it stays in the
  /// system's queue until others have closed, and the listener open until that queue is empty.
  ///
  /// - Parameter isLast: whether no more are waited for, and the listener closes: what stood in its
  ///   queue at that moment would be reset.
  private func acceptTheRest(isLast: Bool) {
    guard let listener else { return }
    let room = max(0, service.limits.connectionCount - connections.openCount)
    guard listener.accept(upTo: room) == .empty, isLast else { return }
    listener.close()
    self.listener = nil
  }

  /// The requests that had come are read by now, and answers say that they are a connection's last.
  ///
  /// A client that was answered just now is about to ask again: it gets a moment to do so and hear
  /// it, rather than write to a connection that closes. The others close at once. Requests that have
  /// not come whole, or cannot be sent whole, have until the deadline.
  private func closeIdleConnections(_ deadlines: DrainDeadlines) {
    acceptTheRest(isLast: loop.nowMilliseconds >= deadlines.handshakesMilliseconds)
    guard connections.count > 0 || listener != nil else { return stop() }
    if loop.nowMilliseconds >= deadlines.burstsMilliseconds { service.life = .drainingBursts }
    connections.closeThoseAtRest(forMilliseconds: Limits.drainNoticeMilliseconds)
    guard loop.nowMilliseconds < deadlines.allMilliseconds else {
      logger.warning("drain timed out: closing \(connections.count) connections")
      return closeAll()
    }
    drainTimer.start(afterMilliseconds: Limits.drainTickMilliseconds) { [unowned self] in
      closeIdleConnections(deadlines)
    }
  }

  func closeAll() {
    listener?.close()
    listener = nil
    for connection in connections.all { connection.close() }
    if connections.count == 0 { stop() }
  }

  /// Closes what keeps the loop running, once the time that is reserved has been cut back.
  ///
  /// A disk that hangs is not waited for: the limit that it has is a safe one, and whoever starts
  /// next waits a little.
  func stop() {
    guard service.life != .stopping else { return }
    service.life = .stopping
    connections.close()
    unavailabilityTimer.close()
    renewalTimer.close()
    millisecondTimer?.close()
    nextSteps?.close()
    accessLogWriter?.close()
    guard service.source.hasStarted || failure == nil else { return closeLast() }
    let milliseconds = service.source.storeClient?.policy.releaseMilliseconds ?? 1
    drainTimer.start(afterMilliseconds: UInt64(milliseconds)) { [unowned self] in
      logger.error("the reservation could not be cut back: the store does not answer")
      guard failure == nil else { return closeLast() }
      logStop()
      // A return from `main` would wait for libuv's threads, and so for the disk.
      exitWithoutThreads(EXIT_SUCCESS)
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
    // What may still be at work on a thread, such as the look-up of a name, is not waited for.
    drainTimer.start(afterMilliseconds: UInt64(StoreClient.patienceMilliseconds)) {
      [unowned self] in
      logStop()
      exitWithoutThreads(EXIT_SUCCESS)
    }
    drainTimer.unreference()
  }

  /// The last lines of the access log are written, or counted, before.
  func logStop() {
    accessLogWriter?.finish()
    logger.notice("stopped: \(metrics.totalAnswers) requests answered, \(metrics.ids) IDs made")
  }
}
