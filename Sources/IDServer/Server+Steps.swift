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
    var isAnyLeft = false
    for connections in [main.connections, admin?.connections] {
      guard let connections else { continue }
      resume(.yielded, of: connections, within: .light)
      resume(.postponed, of: connections, within: .whole)
      isAnyLeft = isAnyLeft || connections.first(.yielded) != nil
      isAnyLeft = isAnyLeft || connections.first(.postponed) != nil
    }
    if !isAnyLeft { nextSteps?.stop() }
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
