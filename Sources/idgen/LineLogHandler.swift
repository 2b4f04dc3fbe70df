import API
import IDServer
import Logging
import Snowflake

/// Writes each log event as a line.
///
/// ```
/// 2026-11-21T03:05:08.123Z notice [machine 1, process 7] listening on http://[::]:8080
/// {"time": "2026-11-21T03:05:08.123Z", "level": "notice", "message": "stopped", "process": 7}
/// ```
///
/// Metadata whose value is an `Int` is a number in JSON. In a text line, `machine_id` and `process`
/// come before the message, other metadata after it.
struct LineLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:] { didSet { setNotice() } }

  private let format: LogFormat
  private let output: LineWriter

  init(_ format: LogFormat, _ output: LineWriter) {
    self.format = format
    self.output = output
    setNotice()
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { fields["error"] = "\(error)" }
    output.write(Self.line(format, event.level, "\(event.message)", LogFields(fields)))
  }

  /// The line about lost lines, which the writer writes by itself.
  private func setNotice() {
    let (format, fields) = (format, LogFields(metadata))
    output.setNotice { drops in
      let message = "\(drops.lineCount) lines were dropped: \(drops.reason)"
      return Self.line(format, .warning, message, fields)
    }
  }

  /// Formats an event as one line, whatever characters the message contains.
  private static func line(
    _ format: LogFormat, _ level: Logger.Level, _ message: String, _ fields: LogFields
  ) -> [UInt8] {
    let time = UTCTime(unixMilliseconds: WallClock.now().unixMilliseconds)
    switch format {
    case .text:
      let words = ["\(time)", "\(level)"] + fields.prefix + [message] + fields.suffix
      return Array((words.joined(separator: " ").escapedForLine + "\n").utf8)
    case .json:
      let texts = [("time", "\(time)"), ("level", "\(level)"), ("message", message)]
      let members = texts.map { "\"\($0)\": \"\($1.escapedForJSON)\"" } + fields.members
      return Array(("{" + members.joined(separator: ", ") + "}\n").utf8)
    }
  }
}

/// The metadata of an event.
private struct LogFields: Sendable {
  /// Of text, before the message: such as `[machine 1, process 7]`.
  let prefix: [String]
  /// Of text, behind the message: such as `name=value`.
  let suffix: [String]
  /// Of JSON, by name.
  let members: [String]

  init(_ metadata: Logger.Metadata) {
    let origin = [("machine", "machine_id"), ("process", "process")]
    let words = origin.compactMap { word, name in metadata[name].map { "\(word) \($0)" } }
    prefix = words.isEmpty ? [] : ["[\(words.joined(separator: ", "))]"]
    let sorted = metadata.sorted { $0.key < $1.key }
    suffix = sorted.filter { field in !origin.contains { $0.1 == field.key } }
      .map { "\($0.key)=\($0.value)" }
    members = sorted.map { "\"\($0.key.escapedForJSON)\": \(Self.json($0.value))" }
  }

  private static func json(_ value: Logger.MetadataValue) -> String {
    if case .stringConvertible(let number) = value, number is Int { return "\(number)" }
    return "\"\("\(value)".escapedForJSON)\""
  }
}

extension String {
  /// The string with control characters escaped, which could end the line or control a terminal.
  var escapedForLine: String {
    unicodeScalars.reduce(into: "") { line, scalar in
      if scalar.value < 0x20 || scalar.value == 0x7F {
        line += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
  }
}
