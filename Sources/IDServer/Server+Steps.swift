import API
import Reservations
import UV

// Budgets and the order of steps.

extension Server {
  /// The loop is late once it has handled events for longer than this since its last poll.
  static let lateNanoseconds: Int64 = 2_000_000

  /// The budget of the step for a read at this time. It is brief if the loop has worked for long
  /// since it last polled for events, because other connections wait. The budget also limits the
  /// next read; this read was limited by the budget of the step before.
  func budget(atNanoseconds readNanoseconds: UInt64) -> StepBudget {
    let worked = readNanoseconds &- loop.nowMilliseconds &* 1_000_000
    let isLate = Int64(bitPattern: worked) >= Self.lateNanoseconds
    let budget = isLate ? StepBudget.brief : .whole
    let readBytes = loop.readByteLimit
    loop.readByteLimit = budget.readBytes
    return budget.whereRead(atMost: readBytes)
  }

  /// Called when a connection waits for its next step.
  func startNextSteps() { nextSteps?.start() }

  /// Takes the next steps of connections, round-robin: of yielded ones for
  /// ``Limits/nextStepsNanoseconds``, then of postponed ones for the same time. After that the loop
  /// handles its timers, signals and the events of all other connections.
  func takeNextSteps() {
    var isAnyLeft = beginHandshakes(on: main)
    for connections in [main.connections, admin?.connections] {
      guard let connections else { continue }
      resume(.yielded, of: connections, within: .light)
      resume(.postponed, of: connections, within: .whole)
      isAnyLeft = isAnyLeft || connections.first(.yielded) != nil
      isAnyLeft = isAnyLeft || connections.first(.postponed) != nil
    }
    if !isAnyLeft { nextSteps?.stop() }
    nextStepsEndNanoseconds = Loop.nowNanoseconds
  }

  private func resume(
    _ state: Connection.State, of connections: ConnectionTable, within budget: StepBudget
  ) {
    let end = Loop.nowNanoseconds + Limits.nextStepsNanoseconds
    while let connection = connections.first(state), Loop.nowNanoseconds < end {
      let now = now()
      resumeWaiting(at: now)
      connection.resume(at: now, within: budget)
    }
  }
}

// MARK: - Handshakes

extension Server {
  /// Begins handshakes for the time that the rest of the round has taken, since each takes the time
  /// of many requests.
  ///
  /// While handshakes take half of the buffer budget, the others wait: when thousands of clients
  /// connect at once, none is evicted for the memory of these. A handshake that takes longer than
  /// ``Limits/handshakePatienceMilliseconds`` then gives way, and the client that has come last is
  /// the next, so that clients that do not go on keep no other out.
  ///
  /// - Returns: whether more of them can begin in the next round.
  private func beginHandshakes(on port: Port) -> Bool {
    let start = Loop.nowNanoseconds
    let time = min(
      max(start &- nextStepsEndNanoseconds, Limits.nextStepsNanoseconds),
      Limits.handshakesNanoseconds)
    while let connection = port.connections.last(.greeted) {
      guard Loop.nowNanoseconds - start < time else { return true }
      if port.connections.count(.handshake) >= port.maximumHandshakeCount {
        guard let oldest = port.connections.first(.handshake) else { return false }
        let age = loop.nowMilliseconds - oldest.enteredMilliseconds
        guard age >= Limits.handshakePatienceMilliseconds else {
          handshakeTimer.start(afterMilliseconds: Limits.handshakePatienceMilliseconds - age) {
            [unowned self] in startNextSteps()
          }
          return false
        }
        oldest.close()
        return true
      }
      connection.beginHandshake()
    }
    return false
  }

  /// Called when a handshake has ended, which others may wait for.
  func continueHandshakes(on port: Port) {
    if port.connections.last(.greeted) != nil { startNextSteps() }
  }
}

// MARK: - Waiting for the next timestamp

extension Server {
  /// Called when a request begins to wait.
  func didBeginWaiting() {
    service.metrics.didWait()
    startTimestampTimer()
  }

  /// Starts the timer that calls ``resumeWaiting(at:)`` at the next timestamp.
  private func startTimestampTimer() {
    timestampTimer?.start(afterNanoseconds: service.source.nanosecondsToNextTimestamp(at: now()))
  }

  /// Answers waiting requests, until the IDs of this timestamp are used up.
  func resumeWaiting(at now: ClockReading) {
    guard service.hasWaiters else { return }
    let isAnyWaiting = resumeWaiters(
      first: { main.connections.first(.init(waitingFor: $0)) },
      resume: { $0.resume(at: now, within: .brief) })
    if isAnyWaiting { startTimestampTimer() }
  }
}
