import API
import HTTP1
import Reservations
import UV

// Sending the responses of a step.

extension Server {
  /// Sends the responses of one step, and returns their buffer to the pool. False if the connection
  /// is lost.
  ///
  /// - Parameters:
  ///   - port: the port of the connection.
  ///   - readNanoseconds: the time, on the monotonic clock, at which the requests were read.
  func send(
    _ output: consuming OutputBuffer, to stream: TCPStream, of port: Port, readNanoseconds: UInt64
  ) -> Bool {
    let isSent =
      output.isEmpty || write(output, to: stream, of: port, readNanoseconds: readNanoseconds)
    outputs.recycle(output)
    return isSent
  }

  private func write(
    _ output: borrowing OutputBuffer, to stream: TCPStream, of port: Port, readNanoseconds: UInt64
  ) -> Bool {
    defer {
      port.metrics.didSend(byteCount: output.count)
      let nanoseconds = Loop.nowNanoseconds &- readNanoseconds
      requestMetrics.didTakeTime(nanoseconds: Int64(truncatingIfNeeded: nanoseconds))
    }
    do throws(UVError) {
      let mayQueue = !port.bufferBudget.isExhausted
      guard output.hasSharedBytes else {
        try output.withPieces { (bytes, _) throws(UVError) in
          try stream.write(bytes, mayQueue: mayQueue)
        }
        return true
      }
      try output.withPieces { (bytes, shared) throws(UVError) in
        try stream.write(bytes, shared: shared, mayQueue: mayQueue)
      }
      return true
    } catch {
      if error.meansNoRoom { port.metrics.didEvict() }
      stream.close()
      return false
    }
  }
}
