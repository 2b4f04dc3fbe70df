import UV

/// All open connections, each in the queue of its state, and the one timer that looks at whose time is
/// up.
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
    queues = Connection.State.allCases.map { state in
      DeadlineQueue(timeoutMilliseconds: state.timeoutMilliseconds(limits))
    }
  }

  /// The connection that has been in this state longest.
  func first(_ state: Connection.State) -> Connection? { queue(state).first }

  func add(_ connection: Connection) {
    count += 1
    openCount += 1
    append(connection)
  }

  func didBeginClosing() { openCount -= 1 }

  func remove(_ connection: Connection) {
    queue(connection.state).remove(connection)
    count -= 1
    if count == 0 { didBecomeEmpty() }
  }

  /// Puts a connection at the end of the queue of its new state.
  func move(_ connection: Connection, from oldState: Connection.State) {
    if oldState == connection.state {
      let now = loop.nowMilliseconds
      connection.enteredMilliseconds = now
      queue(oldState).restart(connection, nowMilliseconds: now)
    } else {
      queue(oldState).remove(connection)
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
    where connection.isAtRest && connection.enteredMilliseconds + milliseconds <= now {
      connection.close()
    }
  }

  func close() { sweepTimer.close() }

  private func queue(_ state: Connection.State) -> DeadlineQueue { queues[state.rawValue] }

  private func append(_ connection: Connection) {
    let now = loop.nowMilliseconds
    connection.enteredMilliseconds = now
    queue(connection.state).append(connection, nowMilliseconds: now)
    startSweepTimer(for: connection.deadlineMilliseconds, now: now)
  }

  private func startSweepTimer(for deadlineMilliseconds: UInt64, now: UInt64) {
    guard deadlineMilliseconds < sweepMilliseconds else { return }
    sweepMilliseconds = deadlineMilliseconds
    sweepTimer.start(afterMilliseconds: deadlineMilliseconds - min(now, deadlineMilliseconds)) {
      [unowned self] in sweep()
    }
  }

  /// Acts upon the deadlines that have come; where thousands have, upon some, so that the loop goes
  /// on before the next ones.
  private func sweep() {
    sweepMilliseconds = .max
    let now = loop.nowMilliseconds
    var expirationCount = 0
    for queue in queues {
      while let first = queue.first, first.deadlineMilliseconds <= now,
        expirationCount < Limits.expirationsPerSweep
      {
        expirationCount += 1
        first.expire()
        // One that is closing leaves when it has closed; until then it must not stand in the way.
        if queue.first === first { queue.restart(first, nowMilliseconds: now) }
      }
      if let first = queue.first { startSweepTimer(for: first.deadlineMilliseconds, now: now) }
    }
  }
}
