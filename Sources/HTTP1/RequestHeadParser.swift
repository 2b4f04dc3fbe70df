/// The bounds of a request's head.
public struct HeadLimits: Equatable, Sendable {
  /// RFC 9112 §3 recommends 8000 or more for a whole request line.
  public var targetBytes: Int
  /// Request line and field lines, with their line ends.
  public var headBytes: Int
  public var fieldCount: Int

  public init(targetBytes: Int = 8192, headBytes: Int = 16_384, fieldCount: Int = 100) {
    self.targetBytes = targetBytes
    self.headBytes = headBytes
    self.fieldCount = fieldCount
  }

  /// RFC 9112 §3: a method longer than any that is implemented is answered 501.
  static let methodBytes = 32
}

/// Reads the head of a request from bytes where they lie: no copy, no allocation.
///
/// It goes by lines and looks at each once its end has come, so what it finds cannot depend on how
/// the bytes were split. Where leniency is known to be exploited it is strict.
public struct RequestHeadParser: Sendable {
  /// The outcomes of ``parse(_:)``; the third is an error.
  public enum Progress: Equatable, Sendable {
    /// More bytes are needed.
    case incomplete
    /// The head, and the number of bytes up to its end.
    case complete(RequestHead, consumed: Int)
  }

  private enum Section { case requestLine, fields }

  private let limits: HeadLimits
  private var head = RequestHead()
  private var framing = BodyFraming()
  private var section = Section.requestLine
  private var fieldCount = 0
  private var lines: HeadLines

  public init(limits: HeadLimits) {
    self.limits = limits
    lines = HeadLines(byteLimit: limits.headBytes)
  }

  /// Reads a head, and keeps a parser only while more bytes of it are needed: a parser is large to copy.
  ///
  /// - Parameter parser: the one that has seen the first of the bytes, if one has. After an error it is
  ///   spent.
  public static func parse(
    _ bytes: Span<UInt8>, resuming parser: inout RequestHeadParser?, limits: HeadLimits
  ) throws(RequestError) -> Progress {
    guard parser == nil else {
      let progress = try parser?.parse(bytes) ?? .incomplete
      if case .complete = progress { parser = nil }
      return progress
    }
    var new = RequestHeadParser(limits: limits)
    let progress = try new.parse(bytes)
    if case .incomplete = progress { parser = new }
    return progress
  }

  /// Goes on with the head that begins at the first of `bytes`.
  ///
  /// After `.incomplete`, call it again with the same bytes and more behind them; lines that have
  /// been read are not read again. After `.complete` or an error the parser is spent.
  public mutating func parse(_ bytes: Span<UInt8>) throws(RequestError) -> Progress {
    if section == .requestLine {
      guard try parseRequestLine(in: bytes) else { return .incomplete }
      section = .fields
    }
    while let line = try lines.take(lines.next(in: bytes), byteCount: bytes.count) {
      if line.isEmpty { return .complete(try completeHead(at: line), consumed: lines.start) }
      fieldCount += 1
      guard fieldCount <= limits.fieldCount else { throw .tooManyFields }
      try head.parseField(line, in: bytes, framing: &framing)
    }
    return .incomplete
  }

  /// Reads the first line; false if its end has not come yet.
  @inline(__always)
  private mutating func parseRequestLine(in bytes: Span<UInt8>) throws(RequestError) -> Bool {
    let partialLine = lines.next(in: bytes)
    let methodEnd = try checkLengths(partialLine.content, in: bytes)
    guard let line = try lines.take(partialLine, byteCount: bytes.count) else { return false }
    try head.parseRequestLine(line, methodEnd: methodEnd, in: bytes)
    head.fieldLines = lines.start..<lines.start
    return true
  }

  /// - Parameter emptyLine: the one that ends the head.
  @inline(__always)
  private mutating func completeHead(at emptyLine: Range<Int>) throws(RequestError) -> RequestHead {
    if head.minorVersion >= 1, !head.fields.contains(.host) { throw .missingHost }
    head.body = try framing.body(minorVersion: head.minorVersion)
    head.fieldLines = head.fieldLines.lowerBound..<emptyLine.lowerBound
    return head
  }

  /// Refuses a first line that cannot become a request line, even before its end has come: another
  /// protocol's opening bytes, or a target past its limit.
  ///
  /// - Returns: where the method ends: at a space, or at the end of what there is of the line.
  @inline(__always)
  private func checkLengths(
    _ line: Range<Int>, in bytes: Span<UInt8>
  ) throws(RequestError) -> Int {
    let methodEnd = bytes.firstIndex(
      notIn: .token,
      in: line.lowerBound..<min(line.upperBound, line.lowerBound + HeadLimits.methodBytes + 1))
    guard methodEnd - line.lowerBound <= HeadLimits.methodBytes else { throw .methodTooLong }
    guard methodEnd == line.upperBound || bytes[methodEnd] == .space else { throw .invalidMethod }
    guard line.upperBound - methodEnd > limits.targetBytes + 1 else { return methodEnd }
    let targetStart = methodEnd + 1
    let targetEnd =
      bytes.firstIndex(of: .space, in: targetStart..<line.upperBound) ?? line.upperBound
    guard targetEnd - targetStart <= limits.targetBytes else { throw .targetTooLong }
    return methodEnd
  }
}
