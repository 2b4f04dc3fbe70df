import Logging
import UV

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// How the server stops: nothing that has come is left unanswered.

extension Server {
  /// The first signal begins the drain, the second ends the server at once. SIGHUP says that the
  /// clock is right.
  func didReceiveSignal(_ number: Int32) {
    guard number != SIGHUP else {
      logger.notice("SIGHUP: the clock is believed as it is")
      return service.source.acceptClock(at: now())
    }
    guard !service.isDraining else {
      logger.notice("second signal: closing \(connections.count) connections now")
      return closeAll()
    }
    service.isDraining = true
    didChangeState("STOPPING=1")
    logger.notice("draining \(connections.count) connections (signal \(number))")
    nextRound { [unowned self] in nextRound { [unowned self] in stopAccepting() } }
  }

  /// Calls `action` after the loop has looked once at everything that has come.
  private func nextRound(_ action: @escaping () -> Void) {
    drainTimer.start(afterMilliseconds: 1, action)
  }

  /// The connections that clients had made are accepted by now.
  private func stopAccepting() {
    listener?.close()
    listener = nil
    guard connections.count > 0 else { return stop() }
    nextRound { [unowned self] in nextRound { [unowned self] in closeIdleConnections() } }
  }

  /// The requests that clients had sent are read by now, and each answer says that it is the
  /// connection's last. A client that has just had one is about to ask again: it gets a moment to
  /// do so and hear it, rather than write to a connection that closes. The others close at once.
  private func closeIdleConnections() {
    let limit = service.limits.drainTimeoutMilliseconds
    let notice = min(Limits.drainNoticeMilliseconds, limit)
    connections.closeThoseAtRest(forMilliseconds: UInt64(notice))
    drainTimer.start(afterMilliseconds: UInt64(notice)) { [unowned self] in
      connections.closeThoseAtRest(forMilliseconds: 0)
      awaitOthers(milliseconds: limit - notice)
    }
  }

  /// Requests that have not come whole, or cannot be sent whole, have until the deadline.
  private func awaitOthers(milliseconds: Int) {
    drainTimer.start(afterMilliseconds: UInt64(milliseconds)) { [unowned self] in
      logger.warning("drain timed out: closing \(connections.count) connections")
      closeAll()
    }
  }

  private func closeAll() {
    listener?.close()
    listener = nil
    for connection in connections.all { connection.close() }
    if connections.count == 0 { stop() }
  }
}
