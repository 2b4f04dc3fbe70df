import Foundation
import Testing

@testable import IDServer

/// A write that waited for the reader would not return: each of these tests would hang.
struct LineWriterTests {
  /// Many lines of different lengths, each of which says its number.
  private static func lines(_ range: Range<Int>) -> [UInt8] {
    range.reduce(into: []) { bytes, number in
      let fill = String(repeating: "x", count: number % 97)
      bytes += Array("\(number) \(fill)\n".utf8)
    }
  }

  @Test(arguments: Ends.Kind.allCases) func slowReaderGetsWholeLinesInOrder(_ kind: Ends.Kind)
    throws
  {
    let ends = try Ends(kind)
    defer { ends.close() }
    let limitBytes = 1 << 17
    let writer = LineWriter(
      ends.writer, limitBytes: limitBytes, canReopen: kind != .pipeThatCannotBeReopened)
    // Far more than the reader's end and the queue hold.
    let count = 20_000
    for start in stride(from: 0, to: count, by: 100) {
      writer.write(Self.lines(start..<start + 100))
    }
    let drops = writer.takeDrops()
    #expect(0 < drops.lineCount && drops.lineCount < count, "\(drops)")
    #expect(drops.error == 0)
    #expect(drops.reason == "its reader is too slow")

    let reader = ends.readInBackground()
    #expect(writer.flush(withinMilliseconds: 30_000))
    writer.write(Self.lines(count..<count + 1))
    writer.close(withinMilliseconds: 30_000)
    let text = String(decoding: reader.finish(), as: UTF8.self)
    let numbers = text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      return Int(parts[0]).flatMap { parts[1].count == $0 % 97 ? $0 : nil }
    }
    #expect(text.last == "\n")
    #expect(numbers.count == text.count { $0 == "\n" })
    #expect(numbers.count + drops.lineCount == count + 1)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    #expect(numbers.last == count)
    #expect(writer.takeDrops() == LineWriter.Drops())
  }

  /// The descriptor is shared: whoever else has it must be able to wait.
  @Test(arguments: Ends.Kind.allCases) func descriptorStaysBlocking(_ kind: Ends.Kind) throws {
    let ends = try Ends(kind)
    defer { ends.close() }
    let writer = LineWriter(ends.writer, limitBytes: 100)
    writer.write(Self.lines(0..<1))
    writer.close(withinMilliseconds: 30_000)
    #expect(fcntl(ends.writer, F_GETFL) & O_NONBLOCK == 0)
  }

  /// No reader for good: the lines are counted, and the reason is the system's.
  @Test(arguments: Ends.Kind.allCases) func readerHasGone(_ kind: Ends.Kind) throws {
    signal(SIGPIPE, SIG_IGN)
    let ends = try Ends(kind)
    defer { ends.close() }
    let writer = LineWriter(
      ends.writer, limitBytes: 10_000, canReopen: kind != .pipeThatCannotBeReopened)
    ends.closeReader()
    for start in stride(from: 0, to: 30, by: 10) {
      writer.write(Self.lines(start..<start + 10))
      writer.flush(withinMilliseconds: 30_000)
    }
    let drops = writer.takeDrops()
    #expect(drops.lineCount == 30)
    #expect(drops.reason == "broken pipe")
    writer.close(withinMilliseconds: 30_000)
  }

  /// Nobody reads while it closes: what was not taken is counted.
  @Test(arguments: Ends.Kind.allCases) func linesThatAreGivenUpAreCounted(_ kind: Ends.Kind) throws
  {
    let ends = try Ends(kind)
    // The writer's thread goes on with what it has: its descriptor must not become another test's.
    defer { ends.closeReader() }
    let writer = LineWriter(
      ends.writer, limitBytes: 1 << 20, canReopen: kind != .pipeThatCannotBeReopened)
    let count = 20_000
    writer.write(Self.lines(0..<count))
    #expect(!writer.flush(withinMilliseconds: 10))
    // The writer's thread may not have had a core until now.
    var poll = pollfd(fd: ends.reader, events: Int16(POLLIN), revents: 0)
    #expect(unsafe Foundation.poll(&poll, 1, 30_000) == 1)
    writer.close(withinMilliseconds: 10)
    let drops = writer.takeDrops()
    // Of a write that still waits nothing is known.
    let mostLineCount = kind == .pipeThatCannotBeReopened ? count : count - 1
    #expect(1...mostLineCount ~= drops.lineCount, "\(drops)")
  }

  @Test func fileTakesAll() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("idgen-output-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let descriptor = unsafe open(file.path, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    let writer = LineWriter(descriptor, limitBytes: 1 << 20)
    for number in 0..<5000 { writer.write(Self.lines(number..<number + 1)) }
    writer.close(withinMilliseconds: 30_000)
    #expect(try Data(contentsOf: file) == Data(Self.lines(0..<5000)))
    #expect(writer.takeDrops() == LineWriter.Drops())
  }

  @Test(arguments: [("/dev/full", "no space left on device"), ("", "bad file descriptor")])
  func failureIsTold(_ path: String, _ reason: String) throws {
    let descriptor = path.isEmpty ? -1 : unsafe open(path, O_WRONLY | O_CLOEXEC)
    let writer = LineWriter(descriptor, limitBytes: 1000)
    writer.write(Self.lines(0..<3))
    writer.close(withinMilliseconds: 30_000)
    let drops = writer.takeDrops()
    #expect(drops.lineCount == 3)
    #expect(drops.reason == reason)
    if descriptor >= 0 { close(descriptor) }
  }

  /// What was lost is told as soon as the reader has caught up, not with the next line.
  @Test(arguments: Ends.Kind.allCases) func noticeFollowsWhatWasKept(_ kind: Ends.Kind) throws {
    let ends = try Ends(kind)
    defer { ends.close() }
    let writer = LineWriter(
      ends.writer, limitBytes: 10_000, canReopen: kind != .pipeThatCannotBeReopened)
    writer.setNotice { Array("\($0.lineCount) lines were lost: \($0.reason)\n".utf8) }
    let count = 5000
    for start in stride(from: 0, to: count, by: 10) { writer.write(Self.lines(start..<start + 10)) }
    let reader = ends.readInBackground()
    #expect(writer.flush(withinMilliseconds: 30_000))
    writer.close(withinMilliseconds: 30_000)
    let lines = String(decoding: reader.finish(), as: UTF8.self).split(separator: "\n")
    let notices = lines.filter { $0.contains("lines were lost: its reader is too slow") }
    let lost = notices.compactMap { Int($0.prefix { $0 != " " }) }.reduce(0, +)
    #expect(lost > 0)
    #expect(lines.last == notices.last)
    #expect(lines.count - notices.count + lost == count)
  }
}

/// A line that has been written in part, whatever comes between its parts.
struct LineWriterStateTests {
  private static let lines = Array("one\ntwo\nthree\n".utf8)

  /// A write that fails after so many bytes, and then all goes well.
  @Test(arguments: 0...14) func partialLineIsFinishedFirst(_ writtenCount: Int) {
    var state = LineWriterState()
    state.enqueue(Self.lines.span, limitBytes: 100)
    var written = Array(state.takeBatch().prefix(writtenCount))
    state.writtenCount = writtenCount
    state.finishBatch(ENOSPC)
    #expect(state.isEmpty)
    let lost = state.drops.lineCount
    state.enqueue(Array("four\n".utf8).span, limitBytes: 100)
    written += state.takeBatch()
    state.finishBatch(0)
    #expect(state.isEmpty)
    #expect(state.partialLine.isEmpty)
    let text = String(decoding: written, as: UTF8.self)
    let whole = ["one\n", "two\n", "three\n"].prefix(3 - lost).joined()
    #expect(text == whole + "four\n")
  }

  /// It fails once more in the same line.
  @Test func partialLineIsKeptUntilItIsFinished() {
    var state = LineWriterState()
    state.enqueue(Self.lines.span, limitBytes: 100)
    _ = state.takeBatch()
    state.writtenCount = 5
    state.finishBatch(ENOSPC)
    for _ in 0..<3 {
      state.enqueue(Self.lines.span, limitBytes: 100)
      #expect(String(decoding: state.takeBatch(), as: UTF8.self) == "wo\none\ntwo\nthree\n")
      state.finishBatch(ENOSPC)
    }
    #expect(state.drops.lineCount == 1 + 3 * 3)
  }

  /// A notice that fails is told again, and is not counted as a line.
  @Test func noticeThatFailsIsTakenBack() {
    var state = LineWriterState()
    state.notice = { Array("\($0.lineCount) lost\n".utf8) }
    state.drops.add(5, error: ENOSPC)
    for error in [ENOSPC, 0] {
      state.hasFailed = false
      #expect(String(decoding: state.takeBatch(), as: UTF8.self) == "5 lost\n")
      state.finishBatch(error)
    }
    #expect(state.drops == LineWriter.Drops())
    #expect(!state.hasWork)
  }
}
