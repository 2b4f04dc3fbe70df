/// Reads a body to its end, so that the next message begins at the right byte, and reports where
/// the content is, to a caller that wants it.
///
/// It stores no bytes, only its state, so the body can arrive in pieces of any size.
public struct BodyReader: Sendable {
  private enum State: Equatable {
    case data(remaining: Int)
    // The rest is the chunked coding, RFC 9112 §7.1: a state for each position in its grammar.
    case sizeStart
    case size
    case extensionWhitespace
    case chunkExtension
    case sizeLineFeed
    case chunkData(remaining: Int)
    case dataCarriageReturn
    case dataLineFeed
    case trailerStart
    case trailerName
    case trailerValue
    case trailerLineFeed
    case finalLineFeed
    case done
  }

  private var state: State
  /// The number of bytes of each that may still follow.
  private var contentAllowance: Int
  private var framingAllowance: Int
  private var trailerAllowance: Int
  private var chunkSize = 0

  /// A reader for the body that a head announced, or `nil` if it announced none.
  ///
  /// - Parameters:
  ///   - byteLimit: the maximum length of the content; chunk sizes and extensions together may take
  ///     as many bytes again.
  ///   - trailerByteLimit: the maximum length of the trailers, including the empty line that ends
  ///     them.
  /// - Throws: `bodyTooLarge` if the length is known and past the limit.
  public init?(
    _ body: RequestHead.Body, byteLimit: Int, trailerByteLimit: Int
  ) throws(RequestError) {
    contentAllowance = min(byteLimit, Int.max >> 4)  // One more hexadecimal digit cannot overflow.
    framingAllowance = byteLimit
    trailerAllowance = trailerByteLimit
    switch body {
    case .none: return nil
    case .length(let length):
      guard length <= byteLimit else { throw .bodyTooLarge }
      state = .data(remaining: length)
    case .chunked: state = .sizeStart
    }
  }

  /// Whether the body's last byte has been read.
  public var isDone: Bool { state == .done }

  /// Reads and discards the body's bytes from `start` to the end of the body or of `bytes`.
  ///
  /// - Returns: the index at which it stopped: the first byte after the body, or the end of
  ///   `bytes`.
  public mutating func read(_ bytes: Span<UInt8>, from start: Int) throws(RequestError) -> Int {
    try read(bytes, from: start) { _ in }
  }

  /// The same, and calls `content` with the range of each piece of the content, in order.
  @inline(__always)  // With an empty closure, no calls remain.
  public mutating func read(
    _ bytes: Span<UInt8>, from start: Int, content: (Range<Int>) -> Void
  ) throws(RequestError) -> Int {
    var index = start
    while index < bytes.count, state != .done {
      switch state {
      case .data(let remaining):
        let length = min(remaining, bytes.count - index)
        state = length == remaining ? .done : .data(remaining: remaining - length)
        content(index..<index + length)
        index += length
      case .chunkData(let remaining):
        let length = min(remaining, bytes.count - index)
        state =
          length == remaining ? .dataCarriageReturn : .chunkData(remaining: remaining - length)
        content(index..<index + length)
        index += length
      default:
        try readFraming(bytes[index])
        index += 1
      }
    }
    return index
  }

  private mutating func readFraming(_ byte: UInt8) throws(RequestError) {
    switch state {
    case .sizeStart, .size: try readSize(byte)
    case .extensionWhitespace, .chunkExtension: try readExtension(byte)
    case .sizeLineFeed:
      try expect(.lineFeed, byte)
      state = chunkSize == 0 ? .trailerStart : .chunkData(remaining: chunkSize)
    case .dataCarriageReturn:
      try expect(.carriageReturn, byte)
      state = .dataLineFeed
    case .dataLineFeed:
      try expect(.lineFeed, byte)
      state = .sizeStart
    case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .finalLineFeed:
      try readTrailer(byte)
    case .data, .chunkData, .done: break
    }
  }

  private func expect(_ expected: UInt8, _ byte: UInt8) throws(RequestError) {
    guard byte == expected else { throw .invalidChunk }
  }

  /// `chunk-size = 1*HEXDIG`. No sign, no prefix, no whitespace. A size past the limit is an error
  /// at the first digit that exceeds it, so the size cannot overflow.
  private mutating func readSize(_ byte: UInt8) throws(RequestError) {
    if let digit = byte.hexadecimalValue {
      if state == .size { try spendOnFraming() }  // Leading zeros are allowed, but limited.
      chunkSize = (state == .size ? chunkSize << 4 : 0) | Int(digit)
      guard chunkSize <= contentAllowance else { throw .bodyTooLarge }
      state = .size
      return
    }
    guard state == .size else { throw .invalidChunk }
    contentAllowance -= chunkSize
    switch byte {
    case .carriageReturn: state = .sizeLineFeed
    case .semicolon: state = .chunkExtension
    case .space, .tab: state = .extensionWhitespace
    default: throw .invalidChunk
    }
  }

  /// `chunk-ext`, RFC 9112 §7.1.1, is ignored. After the size, whitespace is allowed only before a
  /// semicolon. A bare CR or LF is refused: it has been used for smuggling.
  private mutating func readExtension(_ byte: UInt8) throws(RequestError) {
    try spendOnFraming()
    switch (state, byte) {
    case (.extensionWhitespace, .space), (.extensionWhitespace, .tab): break
    case (.extensionWhitespace, .semicolon): state = .chunkExtension
    case (.extensionWhitespace, _): throw .invalidChunk
    case (_, .carriageReturn): state = .sizeLineFeed
    default: guard byte.isFieldValue else { throw .invalidChunk }
    }
  }

  /// `trailer-section`, RFC 9112 §7.1.2, is checked by the grammar of field lines and ignored.
  private mutating func readTrailer(_ byte: UInt8) throws(RequestError) {
    trailerAllowance -= 1
    guard trailerAllowance >= 0 else { throw .trailersTooLarge }
    switch (state, byte) {
    case (.trailerStart, .carriageReturn): state = .finalLineFeed
    case (.trailerName, .colon): state = .trailerValue
    case (.trailerStart, _), (.trailerName, _):
      guard OctetSet.token.contains(byte) else {
        throw state == .trailerStart && byte.isWhitespace ? .lineFolding : .invalidFieldName
      }
      state = .trailerName
    case (.trailerValue, .carriageReturn): state = .trailerLineFeed
    case (.trailerValue, _):
      guard byte.isFieldValue else { throw .invalidFieldValue }
    case (.finalLineFeed, _):
      try expect(.lineFeed, byte)
      state = .done
    default:
      guard byte == .lineFeed else { throw .invalidFieldValue }
      state = .trailerStart
    }
  }

  private mutating func spendOnFraming() throws(RequestError) {
    framingAllowance -= 1
    guard framingAllowance >= 0 else { throw .bodyTooLarge }
  }
}
