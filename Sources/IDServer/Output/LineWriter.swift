import Synchronization

/// Writes lines to a descriptor without blocking its caller, neither for a slow reader nor for a
/// disk.
///
/// It writes at once what a pipe, terminal or socket takes at once. The rest, and all output to a
/// file, waits in a bounded queue for a thread that writes it. Lines past the bound, and lines
/// whose write fails, are dropped whole and counted. A partly written line is completed before the
/// next one.
package final class LineWriter: Sendable {
  /// The lines that have been lost.
  package struct Drops: Equatable, Sendable {
    package var lineCount = 0
    /// The `errno` of a failed write; 0 if no write has failed, so the queue was full.
    package var error: Int32 = 0

    package init(lineCount: Int = 0, error: Int32 = 0) {
      (self.lineCount, self.error) = (lineCount, error)
    }

    /// The reason, for the log.
    package var reason: String {
      error == 0 ? "its reader is too slow" : systemErrorText(error)
    }

    mutating func add(_ lineCount: Int, error: Int32) {
      self.lineCount += lineCount
      if error != 0 { self.error = error }
    }

    mutating func subtract(_ lineCount: Int) {
      self.lineCount -= lineCount
      if self.lineCount == 0 { error = 0 }
    }
  }

  let output: OutputDescriptor
  let state = Mutex(LineWriterState())
  private let limitBytes: Int

  /// - Parameters:
  ///   - descriptor: must stay open for longer than this object exists.
  ///   - limitBytes: the maximum number of bytes that wait.
  ///   - canReopen: whether a pipe or terminal may be opened again.
  package init(_ descriptor: Int32, limitBytes: Int, canReopen: Bool = true) {
    output = OutputDescriptor(descriptor, canReopen: canReopen)
    self.limitBytes = limitBytes
  }

  deinit { closeEnds() }

  /// Writes lines, or queues them for the thread.
  ///
  /// - Parameter lines: each with its line feed.
  package func write(_ lines: Span<UInt8>) {
    let wakes = state.withLock { state in
      let canWriteNow = !output.canBlock && state.isEmpty && state.partialLine.isEmpty
      let index = canWriteNow ? writeNow(lines, &state) : 0
      if index < lines.count {
        state.enqueue(lines.extracting(index..<lines.count), limitBytes: limitBytes)
      }
      return state.hasWork && prepareThread(&state)
    }
    if wakes { wakeThread() }
  }

  package func write(_ lines: [UInt8]) { write(lines.span) }

  /// Returns the lines that have been lost since the last call.
  package func takeDrops() -> Drops {
    state.withLock { state in
      defer { state.drops = Drops() }
      return state.drops
    }
  }

  /// Sets the line that reports lost lines, which is written once lines can be written again.
  package func setNotice(_ notice: @escaping @Sendable (Drops) -> [UInt8]) {
    state.withLock { $0.notice = notice }
  }

  /// Writes what the descriptor takes at once.
  ///
  /// - Returns: the start of the lines to queue.
  private func writeNow(_ lines: Span<UInt8>, _ state: inout LineWriterState) -> Int {
    var index = 0
    while index < lines.count {
      switch output.write(lines.extracting(index..<lines.count)) {
      case .written(let count): index += count
      case .full: return state.keepPartialLine(of: lines, writtenCount: index)
      case .failed(let error):
        state.didFail(lines, writtenCount: index, error)
        return lines.count
      }
    }
    state.hasFailed = false
    return index
  }
}
