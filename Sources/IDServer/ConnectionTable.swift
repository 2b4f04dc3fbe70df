import UV

/// All open connections, each in the queue of what it waits for, and the one timer that looks at
/// whose time is up.
final class ConnectionTable {
  private(set) var count = 0
  /// Without those that are closing: what the limit counts. One event can accept, answer and close
  /// many connections before the first has left the table.
  private(set) var openCount = 0
  /// Called when the last connection has gone.
  var didBecomeEmpty: () -> Void = {}

  private let loop: Loop
  private let queues: [DeadlineQueue]
  private let sweepTimer: Timer
  /// When the timer will fire, on the loop's clock; nothing has an earlier deadline.
  private var sweepMilliseconds = UInt64.max

  init(loop: Loop, limits: Limits) throws(UVError) {
    self.loop = loop
    sweepTimer = try Timer(loop: loop)
    queues = Connection.Phase.allCases.map { phase in
      let timeoutMilliseconds: Int? =
        switch phase {
        case .idle, .finishing: limits.idleTimeoutMilliseconds
        case .head, .body: limits.headTimeoutMilliseconds
        case .waitingForFew, .waitingForBatch: nil
        case .lingering: Limits.lingerTimeoutMilliseconds
        }
      return DeadlineQueue(timeoutMilliseconds: timeoutMilliseconds)
    }
  }

  /// The connection whose request of this size has waited longest for the next millisecond.
  func firstWaiting(_ size: RequestSize) -> Connection? { queue(.init(waitingFor: size)).first }

  func add(_ connection: Connection) {
    count += 1
    openCount += 1
    append(connection)
  }

  func didBeginClosing() { openCount -= 1 }

  func remove(_ connection: Connection) {
    queue(connection.phase).remove(connection)
    count -= 1
    if count == 0 { didBecomeEmpty() }
  }

  /// Puts a connection at the end of the queue of its new phase.
  func move(_ connection: Connection, from oldPhase: Connection.Phase) {
    if oldPhase == connection.phase {
      let now = loop.nowMilliseconds
      connection.lastTurnMilliseconds = now
      queue(oldPhase).restart(connection, nowMilliseconds: now)
    } else {
      queue(oldPhase).remove(connection)
      append(connection)
    }
  }

  /// All connections there are now. While going through them, any may be moved or closed.
  var all: [Connection] { queues.flatMap(\.all) }

  /// Closes the connections that have had all their answers and ask nothing.
  ///
  /// - Parameter milliseconds: for how long.
  func closeThoseAtRest(forMilliseconds milliseconds: UInt64) {
    let now = loop.nowMilliseconds
    for connection in queue(.idle).all
    where connection.isAtRest && connection.lastTurnMilliseconds + milliseconds <= now {
      connection.close()
    }
  }

  func close() { sweepTimer.close() }

  private func queue(_ phase: Connection.Phase) -> DeadlineQueue { queues[phase.rawValue] }

  private func append(_ connection: Connection) {
    let now = loop.nowMilliseconds
    connection.lastTurnMilliseconds = now
    queue(connection.phase).append(connection, nowMilliseconds: now)
    startSweepTimer(for: connection.deadlineMilliseconds, now: now)
  }

  private func startSweepTimer(for deadlineMilliseconds: UInt64, now: UInt64) {
    guard deadlineMilliseconds < sweepMilliseconds else { return }
    sweepMilliseconds = deadlineMilliseconds
    sweepTimer.start(afterMilliseconds: deadlineMilliseconds - min(now, deadlineMilliseconds)) {
      [unowned self] in sweep()
    }
  }

  private func sweep() {
    sweepMilliseconds = .max
    let now = loop.nowMilliseconds
    for queue in queues {
      while let first = queue.first, first.deadlineMilliseconds <= now {
        first.expire()
        // One that is closing leaves when it has closed; until then it must not stand in the way.
        if queue.first === first { queue.restart(first, nowMilliseconds: now) }
      }
      if let first = queue.first { startSweepTimer(for: first.deadlineMilliseconds, now: now) }
    }
  }
}
