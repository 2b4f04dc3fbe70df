import Synchronization

/// Writes lines to a descriptor that somebody else reads, and never makes its caller wait: not for a
/// reader, and not for a disk.
///
/// What a pipe, terminal or socket takes at once is written at once. The rest, and all that goes to a
/// file, waits in a queue of limited size for a thread that writes it. Lines past the limit, and lines
/// whose write fails, are dropped whole and counted. A line whose beginning has been written is
/// finished before the next one.
package final class LineWriter: Sendable {
  /// Lines that have been lost.
  package struct Drops: Equatable, Sendable {
    package var lineCount = 0
    /// Why a write has failed, as `errno`; 0 if none has, so that there was no room for them.
    package var error: Int32 = 0

    package init(lineCount: Int = 0, error: Int32 = 0) {
      (self.lineCount, self.error) = (lineCount, error)
    }

    /// For people.
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
  ///   - descriptor: stays open for longer than this object.
  ///   - limitBytes: how many bytes wait at most.
  ///   - canReopen: whether a pipe or terminal may be opened anew.
  package init(_ descriptor: Int32, limitBytes: Int, canReopen: Bool = true) {
    output = OutputDescriptor(descriptor, canReopen: canReopen)
    self.limitBytes = limitBytes
  }

  deinit { closeEnds() }

  /// Writes lines, or has them written.
  ///
  /// - Parameter lines: each with its line feed.
  package func write(_ lines: Span<UInt8>) {
    let wakes = state.withLock { state in
      let canWriteNow = !output.canBlock && state.isEmpty && state.begun.isEmpty
      let index = canWriteNow ? writeNow(lines, &state) : 0
      if index < lines.count {
        state.enqueue(lines.extracting(index..<lines.count), limitBytes: limitBytes)
      }
      return state.hasWork && prepareThread(&state)
    }
    if wakes { wakeThread() }
  }

  package func write(_ lines: [UInt8]) { write(lines.span) }

  /// Returns the lines that have been lost since this was asked last.
  package func takeDrops() -> Drops {
    state.withLock { state in
      defer { state.drops = Drops() }
      return state.drops
    }
  }

  /// Has the loss of lines told by a line, as soon as lines are written again.
  package func setNotice(_ notice: @escaping @Sendable (Drops) -> [UInt8]) {
    state.withLock { $0.notice = notice }
  }

  /// Writes as much as is taken at once.
  ///
  /// - Returns: where the lines begin that are to be queued.
  private func writeNow(_ lines: Span<UInt8>, _ state: inout LineWriterState) -> Int {
    var index = 0
    while index < lines.count {
      switch output.write(lines.extracting(index..<lines.count)) {
      case .written(let count): index += count
      case .full: return state.keepBegunLine(of: lines, writtenCount: index)
      case .failed(let error):
        state.didFail(lines, writtenCount: index, error)
        return lines.count
      }
    }
    state.hasFailed = false
    return index
  }
}
