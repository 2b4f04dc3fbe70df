package import HTTP1
package import Reservations
import Snowflake

/// The access log: a line for each request, in the combined log format. Lines are collected and
/// written together.
///
/// ```
/// 127.0.0.1 - - [21/Nov/2026:03:05:08 +0000] "GET /id HTTP/1.1" 200 43 "-" "curl/8.5.0"
/// ```
///
/// Source: httpd.apache.org/docs/2.4/logs.html#combined.
package final class AccessLog {
  /// The maximum number of bytes that one round of the loop collects, and that wait for a slow
  /// reader. Lines past it are dropped and counted.
  package static let bufferBytes = 1_048_576

  package private(set) var bytes: [UInt8] = []
  package private(set) var droppedLines = 0
  private var date = Date(unixSecond: .min)

  package init() {}

  /// `[21/Nov/2026:03:05:08 +0000]`, formatted once a second.
  private struct Date {
    let unixSecond: Int64
    let bytes: [UInt8]

    init(unixSecond: Int64) {
      self.unixSecond = unixSecond
      let time = UTCTime(unixMilliseconds: max(unixSecond, 0) * 1000)
      bytes = Array(time.formatted(" [%d/%b/%Y:%H:%M:%S +0000] ").utf8)
    }
  }

  /// Records a request that has been answered.
  ///
  /// - Parameters:
  ///   - head: the bytes received of its head, or its ``excerpt(of:)``; arbitrary bytes if
  ///     malformed.
  ///   - client: the client's address.
  ///   - status: the response's status.
  ///   - contentByteCount: the length of the response's content in bytes; 0 for `HEAD`.
  package func append(
    _ head: Span<UInt8>, from client: [UInt8], _ status: Status, contentByteCount: Int,
    at now: ClockReading
  ) {
    let second = now.unixMilliseconds / 1000
    if second != date.unixSecond { date = Date(unixSecond: second) }
    let fields = LoggedFields(of: head)
    // Taken out, changed and put back, which avoids dynamic exclusivity enforcement.
    var bytes = self.bytes
    self.bytes = []
    defer { self.bytes = bytes }
    let start = bytes.count
    bytes += client
    bytes += date.bytes
    bytes.appendQuoted(fields.line, in: head)
    bytes.append(.space)
    bytes += String(status.rawValue).utf8
    bytes.append(.space)
    bytes += (contentByteCount > 0 ? String(contentByteCount) : "-").utf8
    for field in [fields.referer, fields.userAgent] {
      bytes.append(.space)
      bytes.appendQuoted(field, in: head)
    }
    bytes.append(.lineFeed)
    guard bytes.count > Self.bufferBytes else { return }
    bytes.removeSubrange(start...)
    droppedLines += 1
  }

  /// The part of a complete head that ``append(_:from:_:contentByteCount:at:)`` needs, to keep
  /// until the request is answered.
  static func excerpt(of head: Span<UInt8>) -> [UInt8] {
    let fields = LoggedFields(of: head)
    var excerpt: [UInt8] = []
    for (name, field) in [
      ("", fields.line), ("referer:", fields.referer), ("user-agent:", fields.userAgent),
    ] where !field.isEmpty {
      excerpt += name.utf8
      excerpt.append(head.extracting(field))
      excerpt.append(.lineFeed)
    }
    return excerpt
  }

  /// Removes the lines, after they have been passed on.
  package func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Counts lines that were lost after they had been passed on.
  package func didDrop(_ lineCount: Int) { droppedLines += lineCount }
}

/// The access log for one client, with the client's address.
package final class ClientLog {
  private let log: AccessLog
  private let client: [UInt8]

  /// - Parameter user: the name that the client has proved; `nil` if it has proved none.
  package init(_ log: AccessLog, client: String, user: String? = nil) {
    self.log = log
    var bytes = Array("\(client) - ".utf8)
    if let user {
      let name = Array(user.utf8)
      bytes.appendQuoted(name.indices, in: name.span)
    } else {
      bytes.append(UInt8(ascii: "-"))
    }
    self.client = bytes
  }

  /// Records a request that has been answered; see
  /// ``AccessLog/append(_:from:_:contentByteCount:at:)``.
  func append(
    _ head: Span<UInt8>, _ status: Status, contentByteCount: Int, at now: ClockReading
  ) {
    log.append(head, from: client, status, contentByteCount: contentByteCount, at: now)
  }
}

/// The ranges of a head that the access log writes; each is empty if the head does not have it.
private struct LoggedFields {
  private(set) var line = 0..<0
  private(set) var referer = 0..<0
  private(set) var userAgent = 0..<0

  /// The maximum number of bytes written of a request line or a field: enough for any request line
  /// within the default limits.
  private static let textBytes = 8448

  init(of head: Span<UInt8>) {
    var index = head.skippingEmptyLines(from: 0)
    var isFirst = true
    while index < head.count {
      let lineFeed = head.firstIndex(of: .lineFeed, in: index..<head.count)
      let end = lineFeed ?? head.count
      let line = index..<(end > index && head[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
      index = end + 1
      if line.isEmpty { break }
      if isFirst {
        self.line = Self.beginning(of: line)
        isFirst = false
      } else if let colon = head.firstIndex(of: UInt8(ascii: ":"), in: line) {
        let name = line.lowerBound..<colon
        let value = head.trimming(colon + 1..<line.upperBound)
        if head.equals("referer", in: name) { referer = Self.beginning(of: value) }
        if head.equals("user-agent", in: name) { userAgent = Self.beginning(of: value) }
      }
    }
  }

  private static func beginning(of range: Range<Int>) -> Range<Int> {
    range.lowerBound..<min(range.upperBound, range.lowerBound + textBytes)
  }
}

extension [UInt8] {
  /// Appends the bytes in quotes, with quotes, line ends and control characters escaped; `"-"` if
  /// there are none.
  fileprivate mutating func appendQuoted(_ range: Range<Int>, in bytes: Span<UInt8>) {
    let quote = UInt8(ascii: "\"")
    guard !range.isEmpty else { return append(contentsOf: [quote, UInt8(ascii: "-"), quote]) }
    let escapes = escapes
    append(addingCapacity: 4 * range.count + 2) { text in
      text.append(quote)
      for index in range {
        let byte = bytes[index]
        var rest = escapes[Int(byte)]
        if rest == 0 { text.append(byte) }
        while rest > 0 {
          text.append(UInt8(truncatingIfNeeded: rest))
          rest >>= 8
        }
      }
      text.append(quote)
    }
  }
}

/// The escape sequence of each byte, with its first character in the lowest bits; 0 if it needs
/// none.
private let escapes: [UInt32] = (0..<256).map { byte in
  let backslash = UInt32(UInt8(ascii: "\\"))
  switch UInt8(byte) {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"): return backslash | UInt32(byte) << 8
  case 0x20...0x7E: return 0
  default:
    let digits = Array("0123456789abcdef".utf8).map { UInt32($0) }
    let mark = backslash | UInt32(UInt8(ascii: "x")) << 8
    return mark | digits[byte >> 4] << 16 | digits[byte & 15] << 24
  }
}
