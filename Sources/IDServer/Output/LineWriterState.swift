import HTTP1

/// What a ``LineWriter`` and its thread share.
struct LineWriterState {
  enum Thread {
    case none
    case writing
    /// It waits for a byte from the other end of its pair of sockets.
    case idle
    /// It has ended, or is to.
    case closed
  }

  /// Whole lines that wait.
  var queue: [UInt8] = []
  /// The rest of a line whose beginning has been written; it goes before the queue.
  var begun: [UInt8] = []
  /// What the thread is writing, and how much of it has been written.
  var batch: [UInt8] = []
  var writtenCount = 0
  /// Whether the batch begins with the rest of a line.
  var batchIsBegun = false
  /// How many lost lines the batch, which is a notice, tells of; 0 if it is none.
  var noticedCount = 0
  /// Whether the last write has failed. It is tried again with the next lines.
  var hasFailed = false
  var drops = LineWriter.Drops()
  var notice: (@Sendable (LineWriter.Drops) -> [UInt8])?

  var thread = Thread.none
  /// A pair of sockets, between the caller and the thread: a byte wakes the other. -1 if there is none.
  var ends: (caller: Int32, thread: Int32) = (-1, -1)
  /// Whether the caller waits for the thread to become idle.
  var isAwaited = false
  /// Whether it has waited for longer than it may.
  var isHanging = false
  /// Memory for the next queue.
  private var spare: [UInt8] = []

  /// Whether nothing waits or is being written, but for what has failed.
  var isEmpty: Bool { queue.isEmpty && batch.isEmpty && (begun.isEmpty || hasFailed) }

  /// Whether there is something that the thread could write now.
  var hasWork: Bool { !isEmpty || hasNotice }

  private var hasNotice: Bool { drops.lineCount > 0 && notice != nil && !hasFailed }

  /// Puts as many whole lines into the queue as there is room for, and drops the rest.
  mutating func enqueue(_ lines: Span<UInt8>, limitBytes: Int) {
    let room = limitBytes - queue.count - batch.count - begun.count
    var end = min(lines.count, max(0, room))
    while end > 0, lines[end - 1] != .lineFeed { end -= 1 }
    drops.add(lines.lineCount(from: end), error: 0)
    guard end > 0 else { return }
    if queue.isEmpty { swap(&queue, &spare) }
    queue.append(lines.extracting(0..<end))
  }

  /// Keeps the rest of the line that has been written in part.
  ///
  /// - Returns: where the lines behind it begin.
  mutating func keepBegunLine(of lines: Span<UInt8>, writtenCount: Int, isBegun: Bool = false)
    -> Int
  {
    begun.removeAll()
    guard writtenCount > 0 ? lines[writtenCount - 1] != .lineFeed : isBegun else {
      return writtenCount
    }
    let lineFeed = lines.firstIndex(of: .lineFeed, in: writtenCount..<lines.count)
    let end = lineFeed.map { $0 + 1 } ?? lines.count
    begun.append(lines.extracting(writtenCount..<end))
    return end
  }

  /// Drops the lines of which nothing has been written.
  mutating func didFail(
    _ lines: Span<UInt8>, writtenCount: Int, isBegun: Bool = false, _ error: Int32
  ) {
    let end = keepBegunLine(of: lines, writtenCount: writtenCount, isBegun: isBegun)
    drops.add(lines.lineCount(from: end), error: error)
    hasFailed = true
  }

  /// Makes what is next the batch, if there is anything.
  mutating func takeBatch() -> [UInt8] {
    (batchIsBegun, writtenCount, noticedCount) = (!begun.isEmpty, 0, 0)
    if !queue.isEmpty || !begun.isEmpty && !hasFailed {
      batch = begun.isEmpty ? queue : begun + queue
      begun = []
      queue = []
    } else if hasNotice, let notice {
      batch = notice(drops)
      noticedCount = drops.lineCount
    }
    return batch
  }

  /// The batch has been written, up to `error` if that is not 0.
  mutating func finishBatch(_ error: Int32) {
    var batch: [UInt8] = []
    swap(&batch, &self.batch)
    if error == 0 {
      hasFailed = false
      drops.subtract(noticedCount)
    } else if noticedCount > 0, writtenCount == 0 {
      hasFailed = true  // The next notice will tell of the same lines.
    } else {
      drops.subtract(noticedCount)
      didFail(batch.span, writtenCount: writtenCount, isBegun: batchIsBegun, error)
    }
    guard batch.capacity <= 1 << 16 else { return }
    batch.removeAll(keepingCapacity: true)
    spare = batch
  }

  /// Gives up what waits.
  mutating func dropAll(error: Int32) {
    for lines in [Array(batch.dropFirst(writtenCount)), begun, queue] {
      drops.add(lines.span.lineCount(from: 0), error: error)
    }
    (queue, begun, batch) = ([], [], [])
  }
}

extension Span<UInt8> {
  fileprivate func lineCount(from start: Int) -> Int {
    (start..<count).reduce(0) { self[$1] == .lineFeed ? $0 + 1 : $0 }
  }
}

extension UInt8 {
  fileprivate static let lineFeed = UInt8(ascii: "\n")
}
