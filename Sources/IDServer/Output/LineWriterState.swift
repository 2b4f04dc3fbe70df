import HTTP1

/// The state that a ``LineWriter`` and its thread share.
struct LineWriterState {
  enum Thread {
    case none
    case writing
    /// It waits for a byte from the other end of its socket pair.
    case idle
    /// It has ended, or must end.
    case closed
  }

  /// Complete lines that wait.
  var queue: [UInt8] = []
  /// The rest of a partly written line; it goes before the queue.
  var partialLine: [UInt8] = []
  /// The bytes that the thread is writing, and the number of them that it has written.
  var batch: [UInt8] = []
  var writtenCount = 0
  /// Whether the batch begins with the rest of a line.
  var isBatchPartial = false
  /// The number of lost lines that the batch reports; 0 if it is not a notice.
  var noticedCount = 0
  /// Whether the last write has failed. The next lines are a retry.
  var hasFailed = false
  var drops = LineWriter.Drops()
  var notice: (@Sendable (LineWriter.Drops) -> [UInt8])?

  var thread = Thread.none
  /// The socket pair between the caller and the thread: a byte wakes the other side. -1 if there is
  /// none.
  var ends: (caller: Int32, thread: Int32) = (-1, -1)
  /// Whether the caller waits for the thread to become idle.
  var isAwaited = false
  /// Whether that wait has timed out.
  var isHanging = false
  /// Memory for the next queue.
  private var spare: [UInt8] = []

  /// Whether nothing waits or is being written, except the rest of a line whose write has failed.
  var isEmpty: Bool { queue.isEmpty && batch.isEmpty && (partialLine.isEmpty || hasFailed) }

  /// Whether the thread has something to write.
  var hasWork: Bool { !isEmpty || hasNotice }

  private var hasNotice: Bool { drops.lineCount > 0 && notice != nil && !hasFailed }

  /// Appends as many complete lines to the queue as fit, and drops the rest.
  mutating func enqueue(_ lines: Span<UInt8>, limitBytes: Int) {
    let room = limitBytes - queue.count - batch.count - partialLine.count
    var end = min(lines.count, max(0, room))
    while end > 0, lines[end - 1] != .lineFeed { end -= 1 }
    drops.add(lines.lineCount(from: end), error: 0)
    guard end > 0 else { return }
    if queue.isEmpty { swap(&queue, &spare) }
    queue.append(lines.extracting(0..<end))
  }

  /// Keeps the rest of a partly written line.
  ///
  /// - Returns: the start of the lines after it.
  mutating func keepPartialLine(of lines: Span<UInt8>, writtenCount: Int, isPartial: Bool = false)
    -> Int
  {
    partialLine.removeAll()
    guard writtenCount > 0 ? lines[writtenCount - 1] != .lineFeed : isPartial else {
      return writtenCount
    }
    let lineFeed = lines.firstIndex(of: .lineFeed, in: writtenCount..<lines.count)
    let end = lineFeed.map { $0 + 1 } ?? lines.count
    partialLine.append(lines.extracting(writtenCount..<end))
    return end
  }

  /// Drops the lines of which nothing has been written.
  mutating func didFail(
    _ lines: Span<UInt8>, writtenCount: Int, isPartial: Bool = false, _ error: Int32
  ) {
    let end = keepPartialLine(of: lines, writtenCount: writtenCount, isPartial: isPartial)
    drops.add(lines.lineCount(from: end), error: error)
    hasFailed = true
  }

  /// Takes the next bytes to write as the batch, if there are any.
  mutating func takeBatch() -> [UInt8] {
    (isBatchPartial, writtenCount, noticedCount) = (!partialLine.isEmpty, 0, 0)
    if !queue.isEmpty || !partialLine.isEmpty && !hasFailed {
      batch = partialLine.isEmpty ? queue : partialLine + queue
      partialLine = []
      queue = []
    } else if hasNotice, let notice {
      batch = notice(drops)
      noticedCount = drops.lineCount
    }
    return batch
  }

  /// Called when the batch has been written, or when writing has failed with `error`, if not 0.
  mutating func finishBatch(_ error: Int32) {
    var batch: [UInt8] = []
    swap(&batch, &self.batch)
    if error == 0 {
      hasFailed = false
      drops.subtract(noticedCount)
    } else if noticedCount > 0, writtenCount == 0 {
      hasFailed = true  // The next notice reports the same lines.
    } else {
      drops.subtract(noticedCount)
      didFail(batch.span, writtenCount: writtenCount, isPartial: isBatchPartial, error)
    }
    guard batch.capacity <= 1 << 16 else { return }
    batch.removeAll(keepingCapacity: true)
    spare = batch
  }

  /// Drops everything that waits.
  mutating func dropAll(error: Int32) {
    for lines in [Array(batch.dropFirst(writtenCount)), partialLine, queue] {
      drops.add(lines.span.lineCount(from: 0), error: error)
    }
    (queue, partialLine, batch) = ([], [], [])
  }
}

extension Span<UInt8> {
  fileprivate func lineCount(from start: Int) -> Int {
    (start..<count).reduce(0) { self[$1] == .lineFeed ? $0 + 1 : $0 }
  }
}
