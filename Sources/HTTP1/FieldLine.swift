// A field line and what the fields that concern the protocol itself mean: RFC 9112 §5, RFC 9110.

extension Span<UInt8> {
  /// Checks `field-name ":" OWS field-value OWS` and says where name and value stand.
  @inline(__always)
  func fieldLine(
    _ line: Range<Int>
  ) throws(RequestError) -> (name: Range<Int>, value: Range<Int>) {
    let colon = firstIndex(notIn: .token, in: line)
    // RFC 9112 §5.1: whitespace before the colon has been used for smuggling; reject.
    guard colon > line.lowerBound, colon < line.upperBound, self[colon] == .colon else {
      // RFC 9112 §5.2: a line that begins with whitespace would fold into the one before it.
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
      // A colon and a CR have been seen in every line.
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
  /// Checks a field line and records the fields that are known here.
  mutating func parseField(
    _ line: Range<Int>, in bytes: Span<UInt8>, framing: inout BodyFraming
  ) throws(RequestError) {
    let (name, value) = try bytes.fieldLine(line)
    try noteField(name, value, in: bytes, framing: &framing)
  }

  @inline(__always)
  private mutating func noteField(
    _ name: Range<Int>, _ value: Range<Int>, in bytes: Span<UInt8>, framing: inout BodyFraming
  ) throws(RequestError) {
    switch name.count {
    case 4 where bytes.equals("host", in: name):
      try noteHost(value, in: bytes)
    case 6 where bytes.equals("accept", in: name):
      fields.insert(.accept)
    case 6 where bytes.equals("expect", in: name):
      try noteExpect(value, in: bytes)
    case 10 where bytes.equals("connection", in: name):
      noteConnection(value, in: bytes)
    case 14 where bytes.equals("content-length", in: name):
      try framing.noteContentLength(value, in: bytes)
    case 17 where bytes.equals("transfer-encoding", in: name):
      framing.noteTransferEncoding(value, in: bytes)
    default: break
    }
  }

  /// RFC 9112 §3.2: exactly one in HTTP/1.1, and valid. An empty one is: it stands for a target
  /// URI without an authority.
  private mutating func noteHost(_ value: Range<Int>, in bytes: Span<UInt8>) throws(RequestError) {
    guard !fields.contains(.host) else { throw .repeatedHost }
    guard value.isEmpty || bytes.isAuthority(value) else { throw .invalidHost }
    fields.insert(.host)
  }

  /// RFC 9110 §7.6.1: a list of options, letter case aside; those not known are ignored.
  private mutating func noteConnection(_ value: Range<Int>, in bytes: Span<UInt8>) {
    bytes.forEachListElement(in: value) { option in
      if bytes.equals("close", in: option) {
        fields.insert(.close)
      } else if bytes.equals("keep-alive", in: option) {
        fields.insert(.keepAlive)
      }
    }
  }

  /// RFC 9110 §10.1.1: from HTTP/1.0 it is ignored.
  private mutating func noteExpect(_ value: Range<Int>, in bytes: Span<UInt8>) throws(RequestError)
  {
    guard minorVersion >= 1 else { return }
    try bytes.forEachListElement(in: value) { expectation throws(RequestError) in
      guard bytes.equals("100-continue", in: expectation) else { throw .unknownExpectation }
      fields.insert(.expectContinue)
    }
  }
}

/// How the fields seen so far frame the body: RFC 9112 §6.
struct BodyFraming: Sendable {
  private var contentLength: Int?
  private var hasTransferEncoding = false
  private var endsInChunked = false
  private var chunkedCount = 0
  private var hasUnknownCoding = false

  mutating func noteContentLength(
    _ value: Range<Int>, in bytes: Span<UInt8>
  ) throws(RequestError) {
    guard contentLength == nil else { throw .repeatedContentLength }
    guard let length = bytes.decimal(in: value) else {
      // RFC 9112 §6.3 lets a list of equal lengths pass; reject, as for a repeated line.
      let isList = bytes.firstIndex(of: .comma, in: value) != nil
      throw isList ? .repeatedContentLength : .invalidContentLength
    }
    contentLength = length
  }

  mutating func noteTransferEncoding(_ value: Range<Int>, in bytes: Span<UInt8>) {
    hasTransferEncoding = true
    bytes.forEachListElement(in: value) { coding in
      endsInChunked = bytes.equals("chunked", in: coding)
      if endsInChunked { chunkedCount += 1 } else { hasUnknownCoding = true }
    }
  }

  /// Whether no field says where the body ends.
  var isAbsent: Bool { !hasTransferEncoding && contentLength == nil }

  /// The body's framing, once all fields have been seen.
  func body(minorVersion: UInt8) throws(RequestError) -> RequestHead.Body {
    guard hasTransferEncoding else {
      guard let contentLength, contentLength > 0 else { return .none }
      return .length(contentLength)
    }
    // RFC 9112 §6.1: both lengths present is smuggling; so is a coding that 1.0 does not have.
    guard contentLength == nil else { throw .contentLengthAndTransferEncoding }
    // RFC 9112 §6.3: without chunked at the end the length cannot be known, and that is 400; a
    // coding that is not implemented, under a known length, is 501.
    guard minorVersion >= 1, endsInChunked, chunkedCount == 1 else {
      throw .invalidTransferEncoding
    }
    guard !hasUnknownCoding else { throw .unknownTransferCoding }
    return .chunked
  }
}
