import HTTP1
import Reservations
import UV

// How answers leave: written, waited for, and held for those who do not read them.

// MARK: - Answering

extension Server {
  /// Writes out the answers of one step, and gives their buffer back. False if the connection is lost.
  ///
  /// - Parameter readNanoseconds: when what they answer was read, on the loop's clock.
  func send(
    _ output: consuming OutputBuffer, to stream: TCPStream, readNanoseconds: UInt64
  ) -> Bool {
    let isSent = output.isEmpty || write(output, to: stream, readNanoseconds: readNanoseconds)
    outputs.giveBack(output)
    return isSent
  }

  private func write(
    _ output: borrowing OutputBuffer, to stream: TCPStream, readNanoseconds: UInt64
  ) -> Bool {
    defer {
      if metrics.didSend(byteCount: output.count) {
        let now = Loop.nowNanoseconds
        metrics.didTakeTime(nanoseconds: Int64(truncatingIfNeeded: now &- readNanoseconds))
      }
    }
    do throws(UVError) {
      let mayQueue = !service.bufferBudget.isExhausted
      try output.withPieces { (bytes, shared) throws(UVError) in
        try stream.write(bytes, shared: shared, mayQueue: mayQueue)
      }
      return true
    } catch {
      if error.meansNoRoom { metrics.didDrop() }
      stream.close()
      return false
    }
  }
}

// MARK: - Next steps

extension Server {
  /// A connection has used up the budget of its step.
  func didYield() { yieldedSteps?.start() }

  /// Gives each connection that has yielded its next step, in turn, for a short time. The loop then
  /// looks at its timers, signals and what has come for the others.
  func resumeYielded() {
    let end = Loop.nowNanoseconds + Limits.yieldedNanoseconds
    repeat {
      guard let connection = connections.first(.yielded) else {
        yieldedSteps?.stop()
        return
      }
      let now = now()
      resumeWaiting(at: now)
      connection.resume(at: now)
    } while Loop.nowNanoseconds < end
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
      first: { connections.first(.init(waitingFor: $0)) }, resume: { $0.resume(at: now) })
    if isAnyWaiting { startMillisecondTimer() }
  }
}
