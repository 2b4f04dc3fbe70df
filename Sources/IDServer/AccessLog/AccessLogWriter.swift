import UV

/// Writes the access log to standard output: once in each round of the loop, and as much as is taken
/// at once.
final class AccessLogWriter {
  /// How long a reader that is slow is left alone.
  private static let retryMilliseconds: UInt64 = 100

  private let log: AccessLog
  private let output: NonBlockingOutput
  private let retryTimer: Timer
  private var check: Check?
  private let didDrop: (Int) -> Void
  private var reportedDroppedLines = 0

  /// - Parameter didDrop: told how many lines have been dropped since it was told last, once the
  ///   reader has taken all that waited for it, or there is none.
  init(
    _ log: AccessLog, loop: Loop, output: NonBlockingOutput, didDrop: @escaping (Int) -> Void
  ) throws(UVError) {
    self.log = log
    self.output = output
    self.didDrop = didDrop
    retryTimer = try Timer(loop: loop)
    check = try Check(loop: loop) { [unowned self] in flush() }
  }

  /// Writes what there is, and does not go on.
  func close() {
    flush()
    log.dropAll()
    reportDroppedLines()
    retryTimer.close()
    check?.close()
  }

  private func flush() {
    guard !log.bytes.isEmpty else { return }
    if let count = output.offer(log.bytes) {
      log.removeFirst(count)
    } else {
      log.dropAll()
    }
    if log.bytes.isEmpty {
      reportDroppedLines()
    } else {
      retryTimer.start(afterMilliseconds: Self.retryMilliseconds) { [unowned self] in flush() }
    }
  }

  private func reportDroppedLines() {
    let count = log.droppedLines - reportedDroppedLines
    guard count > 0 else { return }
    reportedDroppedLines = log.droppedLines
    didDrop(count)
  }
}
