import API
import UV

/// Writes the access log to standard output, once in each round of the loop, and reports at
/// intervals how many lines were lost.
final class AccessLogWriter {
  /// The minimum time between two such reports.
  static let noticeMilliseconds: UInt64 = 10_000

  private let log: AccessLog
  private let output: LineWriter
  private let noticeTimer: Timer
  private var check: Check?
  private let didDrop: (LineWriter.Drops) -> Void
  private var reportedLineCount = 0
  /// The `errno` of a write that has failed since the last report.
  private var error: Int32 = 0
  /// Whether the timer runs, and whether lines lost meanwhile are reported when it fires.
  private var isTiming = false
  private var hasReported = false

  /// - Parameter didDrop: called with the lines that have been lost since the last call.
  init(
    _ log: AccessLog, loop: Loop, output: LineWriter,
    didDrop: @escaping (LineWriter.Drops) -> Void
  ) throws(UVError) {
    self.log = log
    self.output = output
    self.didDrop = didDrop
    noticeTimer = try Timer(loop: loop)
    check = try Check(loop: loop) { [unowned self] in handOver() }
  }

  /// Writes the collected lines for the last time.
  func close() {
    handOver()
    noticeTimer.close()
    check?.close()
  }

  /// Waits for a limited time until the lines have been written, and reports lost ones.
  func finish() {
    output.close(withinMilliseconds: LineWriter.exitMilliseconds)
    collectDrops()
    reportDrops()
  }

  private func handOver() {
    guard !log.bytes.isEmpty else { return }
    output.write(log.bytes)
    log.removeAll()
    collectDrops()
    if !hasReported { reportDrops() }
    // A line that is still being written can be lost after this round.
    if !isTiming { startTiming() }
  }

  private func startTiming() {
    isTiming = true
    noticeTimer.start(afterMilliseconds: Self.noticeMilliseconds) { [unowned self] in
      (isTiming, hasReported) = (false, false)
      collectDrops()
      reportDrops()
    }
  }

  private func collectDrops() {
    let drops = output.takeDrops()
    log.didDrop(drops.lineCount)
    if drops.error != 0 { error = drops.error }
  }

  private func reportDrops() {
    let lineCount = log.droppedLines - reportedLineCount
    guard lineCount > 0 else { return }
    didDrop(LineWriter.Drops(lineCount: lineCount, error: error))
    (reportedLineCount, error, hasReported) = (log.droppedLines, 0, true)
    startTiming()
  }
}
