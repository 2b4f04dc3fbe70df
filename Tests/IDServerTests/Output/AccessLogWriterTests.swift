import API
import HTTP1
import Reservations
import Testing
import UV

@testable import IDServer

struct AccessLogWriterTests {
  /// The loop goes on, what was taken is whole, and what was not is told: once, and again in the
  /// end.
  @Test func writerCountsWhatNobodyReads() throws {
    let loop = try Loop()
    let log = AccessLog()
    let ends = try Ends(.pipe)
    defer { ends.close() }
    var told: [LineWriter.Drops] = []
    let writer = try AccessLogWriter(
      log, loop: loop, output: LineWriter(ends.writer, limitBytes: 100_000)
    ) { told.append($0) }
    let head = Array(
      "GET /health HTTP/1.1\r\nUser-Agent: \(String(repeating: "a", count: 8000))".utf8)
    let timer = try UV.Timer(loop: loop)
    var roundCount = 0
    func go() {
      for _ in 0..<100 { log.append(head.span, from: [], .ok, contentByteCount: 2, at: .now()) }
      roundCount += 1
      if roundCount < 5 { return timer.start(afterMilliseconds: 1, go) }
      writer.close()
      timer.close()
    }
    timer.start(afterMilliseconds: 1, go)
    loop.run()
    #expect(told.count == 1)
    let reader = ends.readInBackground()
    writer.finish()
    let written = reader.finish().count { $0 == UInt8(ascii: "\n") }
    #expect(written > 0)
    #expect(told.count == 2)
    #expect(told.map(\.lineCount).reduce(0, +) == 500 - written)
    #expect(log.droppedLines == 500 - written)
  }
}
