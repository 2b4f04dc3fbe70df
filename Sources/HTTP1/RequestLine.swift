// The first line of a request: RFC 9112 §3.

extension RequestHead {
  /// Parses `method SP request-target SP HTTP-version`, with exactly these two spaces.
  ///
  /// - Parameter methodEnd: the end of the method: a space, or the line's end.
  mutating func parseRequestLine(
    _ line: Range<Int>, methodEnd: Int, in bytes: Span<UInt8>
  ) throws(RequestError) {
    guard methodEnd > line.lowerBound, methodEnd < line.upperBound,
      let targetEnd = bytes.firstIndex(of: .space, in: methodEnd + 1..<line.upperBound)
    else { throw .invalidRequestLine }
    method = Method(line.lowerBound..<methodEnd, in: bytes)
    minorVersion = try Self.minorVersion(targetEnd + 1..<line.upperBound, in: bytes)
    try target.parse(methodEnd + 1..<targetEnd, in: bytes, method: method)
  }

  @inline(__always)
  private static func minorVersion(
    _ range: Range<Int>, in bytes: Span<UInt8>
  ) throws(RequestError) -> UInt8 {
    guard let version = bytes.httpVersion(in: range) else { throw .invalidRequestLine }
    guard version.major == 1 else { throw .unsupportedVersion }
    return version.minor
  }
}

extension Span<UInt8> {
  /// Parses `HTTP-version = "HTTP/" DIGIT "." DIGIT`, case-sensitive: RFC 9112 §2.3. `nil` if the
  /// bytes in `range` are not a version.
  @inline(__always)
  func httpVersion(in range: Range<Int>) -> (major: UInt8, minor: UInt8)? {
    let version = extracting(range)
    guard version.count == 8, version.hasBytes("HTTP/", in: 0..<5), version[6] == UInt8(ascii: ".")
    else { return nil }
    let (major, minor) = (version[5], version[7])
    guard major.isDigit, minor.isDigit else { return nil }
    return (major - UInt8(ascii: "0"), minor - UInt8(ascii: "0"))
  }
}

extension RequestHead.Method {
  /// Methods are case-sensitive: RFC 9110 §9.1.
  init(_ range: Range<Int>, in bytes: Span<UInt8>) {
    self =
      switch range.count {
      case 3 where bytes.hasBytes("GET", in: range): .get
      case 4 where bytes.hasBytes("HEAD", in: range): .head
      case 7 where bytes.hasBytes("OPTIONS", in: range): .options
      case 7 where bytes.hasBytes("CONNECT", in: range): .connect
      default: .other
      }
  }
}

extension RequestHead.Target {
  /// Parses a target in the form that its method allows: RFC 9112 §3.2.
  mutating func parse(
    _ range: Range<Int>, in bytes: Span<UInt8>, method: RequestHead.Method
  ) throws(RequestError) {
    guard !range.isEmpty else { throw .invalidRequestLine }
    if method == .connect {
      guard bytes.isAuthority(range, portIsRequired: true) else { throw .invalidTarget }
      form = .authority
    } else if bytes[range.lowerBound] == UInt8(ascii: "/") {
      form = .origin
      try setPathAndQuery(range, in: bytes)
    } else if method == .options, range.count == 1, bytes[range.lowerBound] == UInt8(ascii: "*") {
      form = .asterisk
    } else {
      form = .absolute
      let authority = try Self.authority(ofURI: range, in: bytes)
      guard bytes.isAuthority(authority) else { throw .invalidTarget }
      try setPathAndQuery(authority.upperBound..<range.upperBound, in: bytes)
    }
  }

  /// The range between `http://` or `https://` and the path, the query or the end.
  ///
  /// Source: RFC 9110 §4.2. An empty host or user information makes the URI invalid.
  private static func authority(
    ofURI range: Range<Int>, in bytes: Span<UInt8>
  ) throws(RequestError) -> Range<Int> {
    guard let colon = bytes.firstIndex(of: .colon, in: range),
      bytes.equals("http", in: range.lowerBound..<colon)
        || bytes.equals("https", in: range.lowerBound..<colon),
      range.upperBound - colon > 3, bytes.hasBytes("://", in: colon..<colon + 3)
    else { throw .invalidTarget }
    let start = colon + 3
    var end = start
    while end < range.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") {
      end += 1
    }
    return start..<end
  }

  /// Parses `absolute-path [ "?" query ]`, RFC 9112 §3.2.1: no fragment, and no space, quote or
  /// non-ASCII byte that is not percent-encoded.
  private mutating func setPathAndQuery(
    _ range: Range<Int>, in bytes: Span<UInt8>
  ) throws(RequestError) {
    let pathEnd = bytes.firstIndex(notPercentEncodedFrom: .path, in: range)
    path = range.lowerBound..<pathEnd
    query = pathEnd..<pathEnd
    guard pathEnd < range.upperBound else { return }
    query = pathEnd + 1..<range.upperBound
    guard bytes[pathEnd] == UInt8(ascii: "?"),
      bytes.firstIndex(notPercentEncodedFrom: .query, in: query) == query.upperBound
    else { throw .invalidTarget }
  }
}
