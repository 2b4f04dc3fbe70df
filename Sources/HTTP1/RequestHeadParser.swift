/// The limits of a request's head.
public struct HeadLimits: Equatable, Sendable {
  /// RFC 9112 §3 recommends 8000 or more for a whole request line.
  public var targetBytes: Int
  /// Request line and field lines together, including line ends.
  public var headBytes: Int
  public var fieldCount: Int

  public init(targetBytes: Int = 8192, headBytes: Int = 16_384, fieldCount: Int = 100) {
    self.targetBytes = targetBytes
    self.headBytes = headBytes
    self.fieldCount = fieldCount
  }

  /// RFC 9112 §3: a server answers 501 to a method longer than any that it implements.
  static let methodBytes = 32
}

/// Parses the head of a request in place: no copy, no allocation.
///
/// It parses a line only once its end has arrived, so the result does not depend on how the bytes
/// were split. Where leniency is known to be exploited, it is strict.
public struct RequestHeadParser: Sendable {
  /// The outcomes of ``parse(_:)``; the third is an error.
  public enum Progress: Equatable, Sendable {
    /// The end of the head has not arrived.
    case incomplete
    /// The head, and its length in bytes.
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

  /// Parses a head, and stores a parser only if the head is incomplete: copying a parser is
  /// expensive.
  ///
  /// - Parameter parser: the parser that has read the first of the bytes, or `nil`. It cannot be
  ///   used again after an error.
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

  /// Parses the head that begins at the first of `bytes`, or continues with it.
  ///
  /// After `.incomplete`, call it again with the same bytes followed by more; it does not parse the
  /// same line twice. After `.complete` or an error the parser cannot be used again.
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

  /// Parses the request line; false if its end has not arrived yet.
  @inline(__always)
  private mutating func parseRequestLine(in bytes: Span<UInt8>) throws(RequestError) -> Bool {
    let partialLine = lines.next(in: bytes)
    let methodEnd = try checkLengths(partialLine.content, in: bytes)
    guard let line = try lines.take(partialLine, byteCount: bytes.count) else { return false }
    try head.parseRequestLine(line, methodEnd: methodEnd, in: bytes)
    head.fieldLines = lines.start..<lines.start
    return true
  }

  /// - Parameter emptyLine: the empty line that ends the head.
  @inline(__always)
  private mutating func completeHead(at emptyLine: Range<Int>) throws(RequestError) -> RequestHead {
    if head.minorVersion >= 1, !head.fields.contains(.host) { throw .missingHost }
    head.body = try framing.body(minorVersion: head.minorVersion)
    head.fieldLines = head.fieldLines.lowerBound..<emptyLine.lowerBound
    return head
  }

  /// Refuses a line that cannot become a request line, even before its end has arrived: another
  /// protocol's first bytes, or a target past its limit.
  ///
  /// - Returns: the end of the method: a space, or the end of what has arrived of the line.
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
