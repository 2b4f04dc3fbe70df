import HTTP1
import Reservations

/// The head of a response of status 200 that is sent again and again.
///
/// It remembers the bytes that it wrote last, for a connection that persists: what changes in them is
/// the date, once a second, and the length, with other content.
final class HeadTemplate {
  private let contentType: StaticString
  private let isNoStore: Bool

  private var bytes: [UInt8] = []
  private var contentLength = -1
  private var unixSecond = Int64.min
  /// Kept here, too, for the connections that do not persist.
  private var date = CurrentDate(unixSecond: 0)

  init(_ contentType: StaticString, isNoStore: Bool = false) {
    self.contentType = contentType
    self.isNoStore = isNoStore
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
        connection: connection, isNoStore: isNoStore),
      date: date.value)
    guard connection == .persistent else { return }
    (self.contentLength, unixSecond) = (contentLength, second)
    // Taken out, changed and put back: a change in place would be checked for conflicts at run time.
    var bytes = self.bytes
    self.bytes = []
    bytes.removeAll(keepingCapacity: true)
    output.withBytes { bytes.append($0.extracting(start..<$0.count)) }
    self.bytes = bytes
  }
}

/// The heads of what is not an ID, each remembered by itself: their lengths differ.
struct HeadTemplates {
  let health = HeadTemplate("text/plain; charset=utf-8")
  let ready = HeadTemplate("text/plain; charset=utf-8")
  let decode = HeadTemplate("application/json")
  let metrics = HeadTemplate(MetricsText.contentType)
  /// RFC 9512 §2.1.
  let apiDescription = HeadTemplate("application/yaml")
}
