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

  /// The connections that clients had made are accepted by now. Each answer says from here on that
  /// it is the connection's last. A client that goes on asking hears so, and loses no request to a
  /// connection that closes as it writes.
  private func stopAccepting() {
    listener?.close()
    listener = nil
    guard connections.count > 0 else { return stop() }
    let limit = service.limits.drainTimeoutMilliseconds
    let notice = min(Limits.drainNoticeMilliseconds, limit)
    nextRound { [unowned self] in
      drainTimer.start(afterMilliseconds: UInt64(notice)) { [unowned self] in
        closeConnectionsAtRest(deadlineMilliseconds: limit - notice)
      }
    }
  }

  /// The requests that clients had sent are read by now. Those that have not come whole, or cannot
  /// be sent whole, have until the deadline.
  private func closeConnectionsAtRest(deadlineMilliseconds: Int) {
    for connection in connections.all where connection.isAtRest { connection.close() }
    guard connections.count > 0 else { return stop() }
    drainTimer.start(afterMilliseconds: UInt64(deadlineMilliseconds)) { [unowned self] in
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
