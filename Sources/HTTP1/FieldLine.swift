// Field lines, and the fields that control the protocol itself: RFC 9112 §5, RFC 9110.

extension Span<UInt8> {
  /// Checks `field-name ":" OWS field-value OWS` and returns the ranges of name and value.
  @inline(__always)
  func fieldLine(
    _ line: Range<Int>
  ) throws(RequestError) -> (name: Range<Int>, value: Range<Int>) {
    let colon = firstIndex(notIn: .token, in: line)
    // RFC 9112 §5.1: whitespace before the colon has been used for smuggling; reject.
    guard colon > line.lowerBound, colon < line.upperBound, self[colon] == .colon else {
      // RFC 9112 §5.2: a line that begins with whitespace continues the previous one (obs-fold);
      // reject.
      throw self[line.lowerBound].isWhitespace ? .lineFolding : .invalidFieldName
    }
    let value = trimming(colon + 1..<line.upperBound)
    guard firstIndexNotInFieldValue(in: value) == value.upperBound else {
      throw .invalidFieldValue
    }
    return (line.lowerBound..<colon, value)
  }

  /// Calls `body` with the value of each field line of that name, in order.
  ///
  /// - Parameters:
  ///   - name: in lowercase.
  ///   - fieldLines: lines that ``fieldLine(_:)`` has checked, each with its CR LF.
  func forEachFieldValue(
    of name: StaticString, in fieldLines: Range<Int>, _ body: (Range<Int>) -> Void
  ) {
    var lineStart = fieldLines.lowerBound
    while let lineFeed = firstIndex(of: .lineFeed, in: lineStart..<fieldLines.upperBound) {
      // `fieldLine` has found a colon in every line, and every line ends with CR LF.
      if let colon = firstIndex(of: .colon, in: lineStart..<lineFeed),
        equals(name, in: lineStart..<colon)
      {
        body(trimming(colon + 1..<lineFeed - 1))
      }
      lineStart = lineFeed + 1
    }
  }
}

extension RequestHead {
  /// Checks a field line and records the fields that this parser knows.
  mutating func parseField(
    _ line: Range<Int>, in bytes: Span<UInt8>, framing: inout BodyFraming
  ) throws(RequestError) {
    let (name, value) = try bytes.fieldLine(line)
    try recordField(name, value, in: bytes, framing: &framing)
  }

  @inline(__always)
  private mutating func recordField(
    _ name: Range<Int>, _ value: Range<Int>, in bytes: Span<UInt8>, framing: inout BodyFraming
  ) throws(RequestError) {
    switch name.count {
    case 4 where bytes.equals("host", in: name):
      try recordHost(value, in: bytes)
    case 6 where bytes.equals("accept", in: name):
      fields.insert(.accept)
    case 6 where bytes.equals("expect", in: name):
      try recordExpect(value, in: bytes)
    case 10 where bytes.equals("connection", in: name):
      recordConnection(value, in: bytes)
    case 14 where bytes.equals("content-length", in: name):
      try framing.recordContentLength(value, in: bytes)
    case 17 where bytes.equals("transfer-encoding", in: name):
      framing.recordTransferEncoding(value, in: bytes)
    default: break
    }
  }

  /// RFC 9112 §3.2: HTTP/1.1 requires exactly one valid `Host`. An empty value is valid: the target
  /// URI has no authority then.
  private mutating func recordHost(_ value: Range<Int>, in bytes: Span<UInt8>) throws(RequestError)
  {
    guard !fields.contains(.host) else { throw .repeatedHost }
    guard value.isEmpty || bytes.isAuthority(value) else { throw .invalidHost }
    fields.insert(.host)
  }

  /// RFC 9110 §7.6.1: a list of case-insensitive options. Unknown options are ignored.
  private mutating func recordConnection(_ value: Range<Int>, in bytes: Span<UInt8>) {
    bytes.forEachListElement(in: value) { option in
      if bytes.equals("close", in: option) {
        fields.insert(.close)
      } else if bytes.equals("keep-alive", in: option) {
        fields.insert(.keepAlive)
      }
    }
  }

  /// RFC 9110 §10.1.1: an `Expect` from an HTTP/1.0 client is ignored.
  private mutating func recordExpect(_ value: Range<Int>, in bytes: Span<UInt8>)
    throws(RequestError)
  {
    guard minorVersion >= 1 else { return }
    try bytes.forEachListElement(in: value) { expectation throws(RequestError) in
      guard bytes.equals("100-continue", in: expectation) else { throw .unknownExpectation }
      fields.insert(.expectContinue)
    }
  }
}

/// How the fields parsed so far frame the body: RFC 9112 §6.
struct BodyFraming: Sendable {
  private var contentLength: Int?
  private var hasTransferEncoding = false
  private var endsInChunked = false
  private var chunkedCount = 0
  private var hasUnknownCoding = false

  mutating func recordContentLength(
    _ value: Range<Int>, in bytes: Span<UInt8>
  ) throws(RequestError) {
    guard contentLength == nil else { throw .repeatedContentLength }
    guard let length = bytes.decimal(in: value) else {
      // RFC 9112 §6.3 allows to accept a list of equal lengths; reject, as for a repeated line.
      let isList = bytes.firstIndex(of: .comma, in: value) != nil
      throw isList ? .repeatedContentLength : .invalidContentLength
    }
    contentLength = length
  }

  mutating func recordTransferEncoding(_ value: Range<Int>, in bytes: Span<UInt8>) {
    hasTransferEncoding = true
    bytes.forEachListElement(in: value) { coding in
      endsInChunked = bytes.equals("chunked", in: coding)
      if endsInChunked { chunkedCount += 1 } else { hasUnknownCoding = true }
    }
  }

  /// Whether there is neither `Content-Length` nor `Transfer-Encoding`.
  var isAbsent: Bool { !hasTransferEncoding && contentLength == nil }

  /// The body's framing, once all fields have been parsed.
  func body(minorVersion: UInt8) throws(RequestError) -> RequestHead.Body {
    guard hasTransferEncoding else {
      guard let contentLength, contentLength > 0 else { return .none }
      return .length(contentLength)
    }
    // RFC 9112 §6.1: both lengths present is smuggling; reject.
    guard contentLength == nil else { throw .contentLengthAndTransferEncoding }
    // RFC 9112 §6.1: HTTP/1.0 has no transfer codings; reject. §6.3: if the last coding is not
    // chunked, the length cannot be known: 400. An unknown coding before it is 501.
    guard minorVersion >= 1, endsInChunked, chunkedCount == 1 else {
      throw .invalidTransferEncoding
    }
    guard !hasUnknownCoding else { throw .unknownTransferCoding }
    return .chunked
  }
}
