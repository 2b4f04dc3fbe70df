/// The limits of a response.
public struct ResponseLimits: Equatable, Sendable {
  /// Status line and field lines together, including line ends. The trailers of a chunked body may
  /// take as many bytes again.
  public var headBytes: Int
  public var fieldCount: Int
  /// The content. Chunk sizes and extensions together may take as many bytes again.
  public var bodyBytes: Int

  public init(headBytes: Int = 16_384, fieldCount: Int = 100, bodyBytes: Int = 1_048_576) {
    self.headBytes = headBytes
    self.fieldCount = fieldCount
    self.bodyBytes = bodyBytes
  }
}

/// Parses the head of a response in place, as ``RequestHeadParser`` does a request's: line by line,
/// so the result does not depend on how the bytes were split, and as strictly.
public struct ResponseHeadParser: Sendable {
  /// A parsed status line and the fields that a client needs.
  ///
  /// Ranges are positions in the parsed bytes: nothing is copied.
  public struct Head: Equatable, Sendable {
    /// 100…999. RFC 9110 §15: a client treats an unknown code by its first digit.
    public fileprivate(set) var status = 0
    /// The `x` of HTTP/1.x, 0…9.
    public fileprivate(set) var minorVersion: UInt8 = 1
    public fileprivate(set) var body = Body.none
    /// The range of the field lines, each with its CR LF.
    public fileprivate(set) var fieldLines = 0..<0
    fileprivate var hasClose = false
    fileprivate var hasKeepAlive = false
  }

  /// How the body is framed, RFC 9112 §6.3.
  public enum Body: Equatable, Sendable {
    case none
    /// This many bytes follow, 1…Int.max.
    case length(Int)
    case chunked
    /// The body ends when the server closes the connection.
    case untilClose
  }

  /// The outcomes of ``parse(_:)``; the third is an error.
  public enum Progress: Equatable, Sendable {
    /// The end of the head has not arrived.
    case incomplete
    /// The head, and its length in bytes.
    case complete(Head, consumed: Int)
  }

  private let fieldLimit: Int
  private let isResponseToHead: Bool
  private var head = Head()
  private var framing = BodyFraming()
  private var lines: HeadLines
  private var hasStatusLine = false
  private var fieldCount = 0

  /// - Parameter isResponseToHead: whether the request was a `HEAD`, whose response has no body
  ///   whatever its fields say.
  public init(limits: ResponseLimits, isResponseToHead: Bool = false) {
    fieldLimit = limits.fieldCount
    self.isResponseToHead = isResponseToHead
    lines = HeadLines(byteLimit: limits.headBytes)
  }

  /// Parses the head that begins at the first of `bytes`, or continues with it.
  ///
  /// After `.incomplete`, call it again with the same bytes followed by more; it does not parse the
  /// same line twice. After `.complete` or an error the parser cannot be used again.
  public mutating func parse(_ bytes: Span<UInt8>) throws(ResponseError) -> Progress {
    while let line = try nextLine(in: bytes) {
      if !hasStatusLine {
        try parseStatusLine(line, in: bytes)
        head.fieldLines = lines.start..<lines.start
        hasStatusLine = true
      } else if line.isEmpty {
        head.fieldLines = head.fieldLines.lowerBound..<line.lowerBound
        head.body = try body()
        return .complete(head, consumed: lines.start)
      } else {
        try parseField(line, in: bytes)
      }
    }
    return .incomplete
  }

  private mutating func nextLine(in bytes: Span<UInt8>) throws(ResponseError) -> Range<Int>? {
    let line = lines.next(in: bytes)
    do throws(RequestError) {
      return try lines.take(line, byteCount: bytes.count)
    } catch {
      throw .message(error)
    }
  }

  /// Parses `status-line = HTTP-version SP status-code SP [ reason-phrase ]`, RFC 9112 §4. The
  /// second space is required even without a phrase. The phrase is ignored.
  private mutating func parseStatusLine(
    _ line: Range<Int>, in bytes: Span<UInt8>
  ) throws(ResponseError) {
    let start = line.lowerBound
    guard line.count >= 13, let version = bytes.httpVersion(in: start..<start + 8),
      bytes[start + 8] == .space, bytes[start + 12] == .space,
      let status = bytes.decimal(in: start + 9..<start + 12), status >= 100,
      bytes.firstIndexNotInFieldValue(in: start + 13..<line.upperBound) == line.upperBound
    else { throw .invalidStatusLine }
    guard version.major == 1 else { throw .unsupportedVersion }
    head.status = status
    head.minorVersion = version.minor
  }

  private mutating func parseField(
    _ line: Range<Int>, in bytes: Span<UInt8>
  ) throws(ResponseError) {
    do throws(RequestError) {
      fieldCount += 1
      guard fieldCount <= fieldLimit else { throw .tooManyFields }
      let (name, value) = try bytes.fieldLine(line)
      switch name.count {
      case 10 where bytes.equals("connection", in: name):
        head.recordConnection(value, in: bytes)
      case 14 where bytes.equals("content-length", in: name):
        try framing.recordContentLength(value, in: bytes)
      case 17 where bytes.equals("transfer-encoding", in: name):
        framing.recordTransferEncoding(value, in: bytes)
      default: break
      }
    } catch {
      throw .message(error)
    }
  }

  /// RFC 9112 §6.3. Contradicting lengths are an error even if the response has no body. So is a
  /// transfer coding other than chunked alone: the client has requested no other.
  private func body() throws(ResponseError) -> Body {
    let body: RequestHead.Body
    do throws(RequestError) {
      body = try framing.body(minorVersion: head.minorVersion)
    } catch {
      throw .message(error)
    }
    if isResponseToHead || head.status < 200 || head.status == 204 || head.status == 304 {
      return .none
    }
    return switch body {
    case .none: framing.isAbsent ? .untilClose : .none
    case .length(let length): .length(length)
    case .chunked: .chunked
    }
  }
}

extension ResponseHeadParser.Head {
  /// Whether this is an interim response, after which the final one follows: RFC 9110 §15.2.
  public var isInterim: Bool { status < 200 }

  /// Whether the server allows the connection to persist, RFC 9112 §9.3.
  public var isPersistent: Bool {
    if hasClose || body == .untilClose { return false }
    return minorVersion >= 1 || hasKeepAlive
  }

  /// Calls `body` with the value of each field line of that name, in order.
  ///
  /// - Parameters:
  ///   - name: lowercase ASCII.
  ///   - bytes: the bytes from which the head was parsed.
  public func forEachValue(
    of name: StaticString, in bytes: Span<UInt8>, _ body: (Range<Int>) -> Void
  ) {
    bytes.forEachFieldValue(of: name, in: fieldLines, body)
  }

  /// RFC 9110 §7.6.1: a list of case-insensitive options. Unknown options are ignored.
  fileprivate mutating func recordConnection(_ value: Range<Int>, in bytes: Span<UInt8>) {
    bytes.forEachListElement(in: value) { option in
      if bytes.equals("close", in: option) {
        hasClose = true
      } else if bytes.equals("keep-alive", in: option) {
        hasKeepAlive = true
      }
    }
  }
}

extension BodyReader {
  /// A reader for the body that a response's head announced. `nil` if there is no body, or if the
  /// body ends with the connection.
  init?(_ body: ResponseHeadParser.Body, limits: ResponseLimits) throws(RequestError) {
    let framed: RequestHead.Body
    switch body {
    case .none, .untilClose: return nil
    case .length(let length): framed = .length(length)
    case .chunked: framed = .chunked
    }
    try self.init(framed, byteLimit: limits.bodyBytes, trailerByteLimit: limits.headBytes)
  }
}
