import HTTP1
import Reservations
import UV

// How answers leave: written, waited for, and held for those who do not read them.

// MARK: - Answering

extension Server {
  /// Writes out the answers of one turn. False if the connection is lost.
  ///
  /// - Parameter readNanoseconds: when what they answer was read, on the loop's clock.
  func send(
    _ output: inout OutputBuffer, to stream: TCPStream, readNanoseconds: UInt64
  ) -> Bool {
    guard !output.isEmpty else { return true }
    defer {
      if metrics.didSend(byteCount: output.count) {
        let now = Loop.nowNanoseconds
        metrics.didTakeTime(nanoseconds: Int64(truncatingIfNeeded: now &- readNanoseconds))
      }
      output.removeAll(keeping: Limits.turnBytes * 2)
    }
    do throws(UVError) {
      let mayQueue = !service.heldMemory.isExhausted
      try output.withBytes { (bytes) throws(UVError) in
        try stream.write(bytes, mayQueue: mayQueue)
      }
      return true
    } catch {
      if error.meansNoRoom { metrics.didDrop() }
      stream.close()
      return false
    }
  }
}

// MARK: - What clients make it hold

extension Server {
  /// Closes the connections that hold most until all together no longer hold too much.
  func dropGreatestHolders() {
    while service.heldMemory.isExceeded,
      let holder = connections.all.lazy.filter({ $0.heldByteCount > 0 && !$0.isClosing })
        .max(by: { $0.heldByteCount < $1.heldByteCount })
    {
      holder.drop()
    }
  }
}

// MARK: - Waiting for the next millisecond

extension Server {
  /// Sees to it that ``resumeWaiting(at:)`` is called as soon as the clock has moved on.
  func startMillisecondTimer() {
    millisecondTimer?.start(afterNanoseconds: now().nanosecondsToNextMillisecond)
  }

  /// Answers the requests that wait, as far as the IDs of this millisecond go.
  func resumeWaiting(at now: ClockReading) {
    guard service.waiters.total > 0 else { return }
    let isAnyWaiting = resumeWaiters(
      first: connections.firstWaiting, resume: { $0.resumeWaiting(at: now) })
    if isAnyWaiting { startMillisecondTimer() }
  }
}
