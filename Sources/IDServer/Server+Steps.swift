import Reservations
import UV

// What a step may do, and who has the next one.

extension Server {
  /// The budget of the step that answers what was read at this time. It is brief if the loop has worked
  /// for long since it last looked for events: others wait behind this one. The next read takes as much
  /// as that allows; this one took what the step before allowed.
  func budget(atNanoseconds readNanoseconds: UInt64) -> StepBudget {
    let worked = readNanoseconds &- loop.nowMilliseconds &* 1_000_000
    let isLate = Int64(bitPattern: worked) >= StepBudget.lateNanoseconds
    let budget = isLate ? StepBudget.brief : .whole
    let readBytes = loop.readByteLimit
    loop.readByteLimit = budget.readBytes
    return budget.whereRead(atMost: readBytes)
  }

  /// A connection waits for its next step.
  func startNextSteps() { nextSteps?.start() }

  /// Takes the next steps of connections, in turn: for ``Limits/nextStepsNanoseconds`` of those that
  /// have yielded, then for as long of those whose requests for much are postponed. The loop then
  /// looks at its timers, at signals and at what has come for everybody else.
  func takeNextSteps() {
    resume(.yielded, within: .light)
    resume(.postponed, within: .whole)
    guard connections.first(.yielded) == nil, connections.first(.postponed) == nil else { return }
    nextSteps?.stop()
  }

  private func resume(_ state: Connection.State, within budget: StepBudget) {
    let end = Loop.nowNanoseconds + Limits.nextStepsNanoseconds
    while let connection = connections.first(state), Loop.nowNanoseconds < end {
      let now = now()
      resumeWaiting(at: now)
      connection.resume(at: now, within: budget)
    }
  }
}

// MARK: - Waiting for the next millisecond

extension Server {
  /// A request begins to wait.
  func didBeginWaiting() {
    metrics.didWait()
    startMillisecondTimer()
  }

  /// Has ``resumeWaiting(at:)`` called as soon as the clock has moved on.
  private func startMillisecondTimer() {
    millisecondTimer?.start(afterNanoseconds: now().nanosecondsToNextMillisecond)
  }

  /// Answers the requests that wait, as far as the IDs of this millisecond go.
  func resumeWaiting(at now: ClockReading) {
    guard service.waiters.total > 0 else { return }
    let isAnyWaiting = resumeWaiters(
      first: { connections.first(.init(waitingFor: $0)) },
      resume: { $0.resume(at: now, within: .brief) })
    if isAnyWaiting { startMillisecondTimer() }
  }
}
