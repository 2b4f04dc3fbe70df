import IDServer
import Logging
import Snowflake
import Synchronization

/// Writes each event of the log as a line.
///
/// ```
/// 2026-11-21T03:05:08.123Z notice listening on http://[::]:8080 (machine ID 1, process 4711)
/// {"time": "2026-11-21T03:05:08.123Z", "level": "notice", "message": "stopped"}
/// ```
struct LineLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  private let format: LogFormat
  private let output: LogOutput

  init(_ format: LogFormat, _ output: LogOutput) {
    self.format = format
    self.output = output
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { fields["error"] = "\(error)" }
    let sorted = fields.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    output.write(line(event.level, "\(event.message)", sorted)) { count in
      line(.warning, "\(count) lines were dropped: standard error is not read fast enough", [])
    }
  }

  /// A message is one line, whatever is in it.
  private func line(
    _ level: Logger.Level, _ message: String, _ fields: [(name: String, value: String)]
  ) -> String {
    let time = UTCTime(unixMilliseconds: WallClock.now().unixMilliseconds)
    switch format {
    case .text:
      let words = ["\(time)", "\(level)", message] + fields.map { "\($0.name)=\($0.value)" }
      return words.joined(separator: " ").escapedForLine + "\n"
    case .json:
      let all = [("time", "\(time)"), ("level", "\(level)"), ("message", message)] + fields
      let members = all.map { "\"\($0.escapedForJSON)\": \"\($1.escapedForJSON)\"" }
      return "{" + members.joined(separator: ", ") + "}\n"
    }
  }
}

/// Where the lines go. The loop writes them, so a reader that is slow is not waited for.
final class LogOutput: Sendable {
  private let output: NonBlockingOutput
  private let droppedLines = Atomic(0)

  init(_ descriptor: Int32, canReopen: Bool = true) {
    output = NonBlockingOutput(descriptor, canReopen: canReopen)
  }

  /// Writes a line, or drops it; says first how many have been dropped.
  func write(_ line: String, droppedLine: (Int) -> String) {
    let count = droppedLines.load(ordering: .relaxed)
    if count > 0, offer(droppedLine(count)) {
      droppedLines.subtract(count, ordering: .relaxed)
    }
    if !offer(line) { droppedLines.add(1, ordering: .relaxed) }
  }

  private func offer(_ line: String) -> Bool {
    // A pipe takes up to 4096 bytes whole, or none of them: no line is cut.
    output.offer(Array(line.utf8)) == line.utf8.count
  }
}

extension String {
  /// Without characters that would end the line or take over a terminal.
  fileprivate var escapedForLine: String {
    unicodeScalars.reduce(into: "") { line, scalar in
      if scalar.value < 0x20 || scalar.value == 0x7F {
        line += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
  }
}
