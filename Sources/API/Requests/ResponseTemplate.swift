import HTTP1
import Reservations
import Snowflake

/// The response template for one format: the text before, between and after the IDs.
///
/// ```
/// {"id": 275238510129057792, "machine_id": 1}
/// {"ids": ["275238510129057792", "275238510129057793"], "machine_id": 1}
/// ```
final class ResponseTemplate {
  enum Count: CaseIterable { case one, many }

  private let head: HeadTemplate
  private let prefix: StaticString
  private let quote: StaticString
  private let separator: StaticString
  private let suffix: [UInt8]
  /// The last response with one ID for a persistent connection, and the second in which it was
  /// written.
  private var last = LastResponse()

  /// A complete response, which is sent again with another ID. Otherwise only the date changes,
  /// once a second.
  private struct LastResponse {
    var bytes: [UInt8] = []
    /// The offset of the ID's digits.
    var digitsStart = 0
    var contentLength = -1
    var unixSecond = Int64.min
  }

  init(_ count: Count, _ format: IDFormat, machineID: Int, otherFieldLines: String) {
    head = HeadTemplate(
      format == .text ? "text/plain; charset=utf-8" : "application/json", isNoStore: true,
      otherFieldLines: otherFieldLines)
    quote = format == .string ? "\"" : ""
    switch (count, format) {
    case (_, .text):
      (prefix, separator, suffix) = ("", "\n", Array("\n".utf8))
    case (.one, _):
      (prefix, separator, suffix) = ("{\"id\": ", "", Array(", \"machine_id\": \(machineID)}".utf8))
    case (.many, _):
      (prefix, separator) = ("{\"ids\": [", ", ")
      suffix = Array("], \"machine_id\": \(machineID)}".utf8)
    }
  }

  /// Appends a response with one ID; for `HEAD`, only its head.
  ///
  /// - Returns: the number of bytes of content that have been written.
  @inline(__always)
  func append(
    _ id: SnowflakeID, for request: Request, at now: ClockReading, to output: inout OutputBuffer
  ) -> Int {
    let contentLength =
      prefix.utf8CodeUnitCount + 2 * quote.utf8CodeUnitCount + id.rawValue.decimalDigitCount
      + suffix.count
    // If the content has the same length, the ID has the same number of digits.
    if request.connection == .persistent, !request.isHead,
      contentLength == last.contentLength, now.unixMilliseconds / 1000 == last.unixSecond
    {
      output.append(last.bytes, decimal: id.rawValue, at: last.digitsStart)
      return contentLength
    }
    return appendAnew(id, contentLength: contentLength, for: request, at: now, to: &output)
  }

  @inline(never)
  private func appendAnew(
    _ id: SnowflakeID, contentLength: Int, for request: Request, at now: ClockReading,
    to output: inout OutputBuffer
  ) -> Int {
    let start = output.count
    head.append(contentLength: contentLength, request.connection, at: now, to: &output)
    guard !request.isHead else { return 0 }
    output.append(prefix)
    output.append(quote)
    let digitsStart = output.count
    output.append(decimal: id.rawValue)
    output.append(quote)
    output.append(suffix)
    if request.connection == .persistent {
      var bytes: [UInt8] = []
      output.withBytes { bytes.append($0.extracting(start..<$0.count)) }
      last = LastResponse(
        bytes: bytes, digitsStart: digitsStart - start, contentLength: contentLength,
        unixSecond: now.unixMilliseconds / 1000)
    }
    return contentLength
  }

  /// Appends a response with one or more IDs; for `HEAD`, only its head.
  ///
  /// - Returns: the number of bytes of content that have been written.
  func append(
    _ runs: Span<SnowflakeIDRun>, for request: Request, at now: ClockReading,
    to output: inout OutputBuffer
  ) -> Int {
    let contentLength = contentLength(of: runs)
    head.append(contentLength: contentLength, request.connection, at: now, to: &output)
    guard !request.isHead else { return 0 }
    appendContent(runs, to: &output)
    return contentLength
  }

  private func contentLength(of runs: Span<SnowflakeIDRun>) -> Int {
    let separatorLength = separator.utf8CodeUnitCount
    let punctuationLength = 2 * quote.utf8CodeUnitCount + separatorLength
    var length = prefix.utf8CodeUnitCount - separatorLength + suffix.count
    for index in runs.indices {
      length += runs[index].digitCount + runs[index].count * punctuationLength
    }
    return length
  }

  private func appendContent(_ runs: Span<SnowflakeIDRun>, to output: inout OutputBuffer) {
    output.append(prefix)
    for index in runs.indices {
      output.append(
        decimalsFrom: runs[index].first.rawValue, count: runs[index].count,
        step: runs[index].step, quote: quote, separator: separator)
    }
    output.truncate(to: output.count - separator.utf8CodeUnitCount)
    output.append(suffix)
  }
}

/// The response templates of one machine ID.
struct ResponseTemplates {
  private let templates: [ResponseTemplate]

  init(machineID: Int, otherFieldLines: String) {
    templates = ResponseTemplate.Count.allCases.flatMap { count in
      IDFormat.allCases.map {
        ResponseTemplate(count, $0, machineID: machineID, otherFieldLines: otherFieldLines)
      }
    }
  }

  func one(_ format: IDFormat) -> ResponseTemplate { templates[format.rawValue] }
  func many(_ format: IDFormat) -> ResponseTemplate {
    templates[IDFormat.allCases.count + format.rawValue]
  }
}

extension SnowflakeIDRun {
  /// The number of digits of all its IDs together.
  ///
  /// They rarely differ in length. With the default layout, only within the first 24 seconds after
  /// the epoch: from 10^12 on, powers of ten are multiples of 4096, where a run begins.
  fileprivate var digitCount: Int {
    let length = first.rawValue.decimalDigitCount
    let last = first.rawValue + UInt64(count - 1) * step
    guard last.decimalDigitCount != length else { return count * length }
    return reduce(0) { $0 + $1.rawValue.decimalDigitCount }
  }
}
