import API
import UV

/// All open connections, each in the queue of its state, and the timer for their deadlines.
final class ConnectionTable {
  private(set) var count = 0
  /// The number of connections that are not closing, which `MAX_CONNECTIONS` limits. One event can
  /// accept, answer and close many connections before the first has left the table.
  private(set) var openCount = 0
  /// Called when the last connection has left the table.
  var didBecomeEmpty: () -> Void = {}

  private let loop: Loop
  private let queues: [DeadlineQueue]
  private let sweepTimer: Timer
  /// The time at which the timer fires, on the loop's clock. No deadline is earlier.
  private var sweepMilliseconds = UInt64.max

  init(loop: Loop, limits: Limits) throws(UVError) {
    self.loop = loop
    sweepTimer = try Timer(loop: loop)
    queues = Connection.State.allCases.map { state in
      DeadlineQueue(timeoutMilliseconds: state.timeoutMilliseconds(limits))
    }
  }

  /// The connection that has been in this state for the longest time.
  func first(_ state: Connection.State) -> Connection? { queue(state).first }

  /// The connection that has been in this state for the shortest time.
  func last(_ state: Connection.State) -> Connection? { queue(state).last }

  func count(_ state: Connection.State) -> Int { queue(state).count }

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

  /// Moves a connection to the end of its new state's queue.
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

  /// A copy of the list of all connections. They may be moved and closed during iteration.
  var all: [Connection] { queues.flatMap(\.all) }

  /// Closes idle connections: those without a request, without unread responses, and without a
  /// handshake that the client has begun.
  ///
  /// - Parameter milliseconds: the minimum time for which a connection has been idle.
  func closeIdle(forMilliseconds milliseconds: UInt64) {
    let now = loop.nowMilliseconds
    for connection in queue(.idle).all + queue(.connected).all
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

  /// Handles expired deadlines, up to a limit. If there are more, the loop runs before the next
  /// ones are handled.
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
        // A closing connection leaves the queue once it has closed; until then it must not be
        // first.
        if queue.first === first { queue.restart(first, nowMilliseconds: now) }
      }
      if let first = queue.first { startSweepTimer(for: first.deadlineMilliseconds, now: now) }
    }
  }
}
