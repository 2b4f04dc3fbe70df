import API
import IDServer
import Logging
import Snowflake

/// Writes each log event as a line.
///
/// ```
/// 2026-11-21T03:05:08.123Z notice listening on http://[::]:8080 (machine ID 1, process 4711)
/// {"time": "2026-11-21T03:05:08.123Z", "level": "notice", "message": "stopped"}
/// ```
struct LineLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  private let format: LogFormat
  private let output: LineWriter

  init(_ format: LogFormat, _ output: LineWriter) {
    self.format = format
    self.output = output
    output.setNotice { drops in
      Self.line(format, .warning, "\(drops.lineCount) lines were dropped: \(drops.reason)", [])
    }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { fields["error"] = "\(error)" }
    let sorted = fields.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    output.write(Self.line(format, event.level, "\(event.message)", sorted))
  }

  /// Formats an event as one line, whatever characters the message contains.
  private static func line(
    _ format: LogFormat, _ level: Logger.Level, _ message: String,
    _ fields: [(name: String, value: String)]
  ) -> [UInt8] {
    let time = UTCTime(unixMilliseconds: WallClock.now().unixMilliseconds)
    switch format {
    case .text:
      let words = ["\(time)", "\(level)", message] + fields.map { "\($0.name)=\($0.value)" }
      return Array((words.joined(separator: " ").escapedForLine + "\n").utf8)
    case .json:
      let all = [("time", "\(time)"), ("level", "\(level)"), ("message", message)] + fields
      let members = all.map { "\"\($0.escapedForJSON)\": \"\($1.escapedForJSON)\"" }
      return Array(("{" + members.joined(separator: ", ") + "}\n").utf8)
    }
  }
}

extension String {
  /// The string with control characters escaped, which could end the line or control a terminal.
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
