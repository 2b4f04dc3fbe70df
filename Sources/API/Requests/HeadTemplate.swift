import HTTP1
import Reservations

/// The template of a 200 response's head that is sent often.
///
/// It keeps the bytes of the last head for a persistent connection. They change only with the date,
/// once a second, and with the content's length.
final class HeadTemplate {
  private let contentType: StaticString
  private let isNoStore: Bool
  private let otherFieldLines: String

  private var bytes: [UInt8] = []
  private var contentLength = -1
  private var unixSecond = Int64.min
  /// The current date, for connections that do not persist.
  private var date = CurrentDate(unixSecond: 0)

  init(_ contentType: StaticString, isNoStore: Bool = false, otherFieldLines: String) {
    self.contentType = contentType
    self.isNoStore = isNoStore
    self.otherFieldLines = otherFieldLines
  }

  @inline(__always)
  func append(
    contentLength: Int, _ connection: ResponseHead.Connection, at now: ClockReading,
    to output: inout OutputBuffer
  ) {
    if connection == .persistent, contentLength == self.contentLength,
      now.unixMilliseconds / 1000 == unixSecond
    {
      output.append(bytes)
    } else {
      appendAnew(contentLength: contentLength, connection, at: now, to: &output)
    }
  }

  @inline(never)
  private func appendAnew(
    contentLength: Int, _ connection: ResponseHead.Connection, at now: ClockReading,
    to output: inout OutputBuffer
  ) {
    let second = now.unixMilliseconds / 1000
    if second != date.unixSecond { date = CurrentDate(unixSecond: second) }
    let start = output.count
    output.append(
      ResponseHead(
        status: .ok, contentType: contentType, contentLength: contentLength,
        connection: connection, isNoStore: isNoStore, otherFieldLines: otherFieldLines),
      date: date.value)
    guard connection == .persistent else { return }
    (self.contentLength, unixSecond) = (contentLength, second)
    // Taken out, changed and put back, which avoids dynamic exclusivity enforcement.
    var bytes = self.bytes
    self.bytes = []
    bytes.removeAll(keepingCapacity: true)
    output.withBytes { bytes.append($0.extracting(start..<$0.count)) }
    self.bytes = bytes
  }
}

/// The head templates of responses without IDs: one for each, because their lengths differ.
struct HeadTemplates {
  let health: HeadTemplate
  let ready: HeadTemplate
  let decode: HeadTemplate
  let bounds: HeadTemplate
  let metrics: HeadTemplate
  let apiDescription: HeadTemplate

  init(otherFieldLines lines: String) {
    health = HeadTemplate("text/plain; charset=utf-8", otherFieldLines: lines)
    ready = HeadTemplate("text/plain; charset=utf-8", otherFieldLines: lines)
    decode = HeadTemplate("application/json", otherFieldLines: lines)
    bounds = HeadTemplate("application/json", otherFieldLines: lines)
    metrics = HeadTemplate(MetricsText.contentType, otherFieldLines: lines)
    // RFC 9512 §2.1.
    apiDescription = HeadTemplate("application/yaml", otherFieldLines: lines)
  }
}
