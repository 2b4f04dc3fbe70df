import UV

/// Hands the access log to standard output, once in each round of the loop, and says now and then
/// how many lines were lost.
final class AccessLogWriter {
  /// How often that is said at most.
  static let noticeMilliseconds: UInt64 = 10_000

  private let log: AccessLog
  private let output: LineWriter
  private let noticeTimer: Timer
  private var check: Check?
  private let didDrop: (LineWriter.Drops) -> Void
  private var toldLineCount = 0
  /// Why a write has failed since it was told last, as `errno`.
  private var error: Int32 = 0
  /// Whether the timer runs, and whether lines that are lost meanwhile are told of as it fires.
  private var isTiming = false
  private var hasTold = false

  /// - Parameter didDrop: told which lines have been lost since it was told last.
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

  /// Hands over what there is, and no more after that.
  func close() {
    handOver()
    noticeTimer.close()
    check?.close()
  }

  /// Waits for what has been handed over, but not for long, and says what was lost.
  func finish() {
    output.close(withinMilliseconds: LineWriter.exitMilliseconds)
    collectDrops()
    tellDrops()
  }

  private func handOver() {
    guard !log.bytes.isEmpty else { return }
    output.write(log.bytes)
    log.removeAll()
    collectDrops()
    if !hasTold { tellDrops() }
    // Lines that are being written can be lost after the last round.
    if !isTiming { startTiming() }
  }

  private func startTiming() {
    isTiming = true
    noticeTimer.start(afterMilliseconds: Self.noticeMilliseconds) { [unowned self] in
      (isTiming, hasTold) = (false, false)
      collectDrops()
      tellDrops()
    }
  }

  private func collectDrops() {
    let drops = output.takeDrops()
    log.didDrop(drops.lineCount)
    if drops.error != 0 { error = drops.error }
  }

  private func tellDrops() {
    let lineCount = log.droppedLines - toldLineCount
    guard lineCount > 0 else { return }
    didDrop(LineWriter.Drops(lineCount: lineCount, error: error))
    (toldLineCount, error, hasTold) = (log.droppedLines, 0, true)
    startTiming()
  }
}
