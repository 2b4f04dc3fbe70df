import HTTP1
import Snowflake

/// A line for each request, in the combined log format, gathered until it is written at once.
///
/// ```
/// 127.0.0.1 - - [21/Nov/2026:03:05:08 +0000] "GET /id HTTP/1.1" 200 43 "-" "curl/8.5.0"
/// ```
///
/// Source: httpd.apache.org/docs/2.4/logs.html#combined.
final class AccessLog {
  /// How many bytes wait for a slow reader; lines past that are dropped, and counted.
  static let bufferBytes = 1_048_576

  private(set) var bytes: [UInt8] = []
  private(set) var droppedLines = 0
  private var date = Date(unixSecond: .min)

  /// `[21/Nov/2026:03:05:08 +0000]`, made anew once a second.
  private struct Date {
    let unixSecond: Int64
    let bytes: [UInt8]

    init(unixSecond: Int64) {
      self.unixSecond = unixSecond
      let time = UTCTime(unixMilliseconds: max(unixSecond, 0) * 1000)
      let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
      ]
      let day = "\(time.day.twoDigits)/\(months[time.month - 1])/\(time.year)"
      let clock = "\(time.hour.twoDigits):\(time.minute.twoDigits):\(time.second.twoDigits)"
      bytes = Array(" - - [\(day):\(clock) +0000] ".utf8)
    }
  }

  /// Takes note of a request that has been answered.
  ///
  /// - Parameters:
  ///   - client: its address.
  ///   - response: as it goes to the client.
  func append(
    _ request: LoggedRequest, from client: [UInt8], _ response: Span<UInt8>, at now: ClockReading
  ) {
    let second = now.unixMilliseconds / 1000
    if second != date.unixSecond { date = Date(unixSecond: second) }
    let start = bytes.count
    bytes += client
    bytes += date.bytes
    bytes += request.line
    bytes.append(.space)
    // Every response of this server begins with `HTTP/1.1 200 `.
    if response.count >= 12 { bytes.append(response.extracting(9..<12)) }
    bytes.append(.space)
    bytes += response.contentByteCount.map { Array("\($0)".utf8) } ?? [UInt8(ascii: "-")]
    bytes += request.origin
    bytes.append(UInt8(ascii: "\n"))
    guard bytes.count > Self.bufferBytes else { return }
    bytes.removeSubrange(start...)
    droppedLines += 1
  }

  /// Forgets bytes that have been written, from the first on.
  func removeFirst(_ count: Int) {
    if count == bytes.count {
      bytes.removeAll(keepingCapacity: true)
    } else {
      bytes.removeFirst(count)
    }
  }

  /// Gives up what nobody will read.
  func dropAll() {
    droppedLines += bytes.count { $0 == UInt8(ascii: "\n") }
    bytes = []
  }
}

/// One client's part of the access log: its address, and the request that is being answered.
final class ClientLog {
  private let log: AccessLog
  private let client: [UInt8]
  private var request = LoggedRequest()

  init(_ log: AccessLog, client: String) {
    self.log = log
    self.client = Array(client.utf8)
  }

  /// - Parameter head: as far as it has come; any bytes at all if it is malformed.
  func begin(_ head: Span<UInt8>) { request = LoggedRequest(head) }

  /// The answer stands in the output buffer, from `start` on.
  func didAnswer(_ output: borrowing OutputBuffer, from start: Int, at now: ClockReading) {
    output.withBytes { bytes in
      log.append(request, from: client, bytes.extracting(start..<bytes.count), at: now)
    }
    request = LoggedRequest()
  }
}

/// What the access log keeps of a request until it is answered: copied from its head, in the form
/// in which it is written.
struct LoggedRequest {
  /// `"GET /id HTTP/1.1"`.
  private(set) var line: [UInt8] = Array("\"-\"".utf8)
  /// ` "referer" "user agent"`.
  private(set) var origin: [UInt8] = Array(" \"-\" \"-\"".utf8)

  /// How much of a request line that is no longer than allowed, or of a field, is written.
  private static let textBytes = 8192

  /// Nothing is known of it.
  init() {}

  /// - Parameter head: as far as it has come; any bytes at all if it is malformed.
  init(_ head: Span<UInt8>) {
    var (referer, userAgent) = (0..<0, 0..<0)
    var index = head.skippingEmptyLines(from: 0)
    var isFirst = true
    while index < head.count {
      let lineFeed = head.firstIndex(of: UInt8(ascii: "\n"), in: index..<head.count)
      let end = lineFeed ?? head.count
      let line = index..<(end > index && head[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
      index = end + 1
      if line.isEmpty { break }
      if isFirst {
        self.line = Self.quoted(line, in: head)
        isFirst = false
      } else if let colon = head.firstIndex(of: UInt8(ascii: ":"), in: line) {
        let name = line.lowerBound..<colon
        let value = head.trimming(colon + 1..<line.upperBound)
        if head.equals("referer", in: name) { referer = value }
        if head.equals("user-agent", in: name) { userAgent = value }
      }
    }
    origin = [.space] + Self.quoted(referer, in: head) + [.space] + Self.quoted(userAgent, in: head)
  }

  /// In quotes, and nothing in it that could end them, a line, or the terminal's good order; `"-"`
  /// if it is empty.
  private static func quoted(_ range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard !range.isEmpty else { return [quote, UInt8(ascii: "-"), quote] }
    var text = [quote]
    text.reserveCapacity(range.count + 2)
    for index in range.prefix(textBytes) {
      switch bytes[index] {
      case quote, UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), bytes[index]]
      case 0x20...0x7E: text.append(bytes[index])
      case let byte:
        let digits = String(byte, radix: 16)
        text += (byte < 16 ? "\\x0\(digits)" : "\\x\(digits)").utf8
      }
    }
    return text + [quote]
  }
}

extension UInt8 {
  fileprivate static let space = UInt8(ascii: " ")
}

extension Int {
  fileprivate var twoDigits: String { self < 10 ? "0\(self)" : "\(self)" }
}

extension Span<UInt8> {
  /// How many bytes stand behind the empty line that ends the head; `nil` if there are none.
  fileprivate var contentByteCount: Int? {
    var lineStart = 0
    while let lineFeed = firstIndex(of: UInt8(ascii: "\n"), in: lineStart..<count) {
      if lineFeed == lineStart + 1 { return lineFeed + 1 < count ? count - lineFeed - 1 : nil }
      lineStart = lineFeed + 1
    }
    return nil
  }
}
