/// Finds the lines of a head, RFC 9112 §2.1, in bytes that arrive in pieces.
struct HeadLines: Sendable {
  /// A line, or the part of it that has arrived, without its CR LF.
  struct Line {
    var content: Range<Int>
    /// `nil` if the end of the line has not arrived yet.
    fileprivate var lineFeed: Int?
    fileprivate var endsInCarriageReturn: Bool
  }

  /// The maximum length of the head in bytes, including line ends.
  private let byteLimit: Int
  /// The start of the next line.
  private(set) var start = 0
  /// There is no LF between `start` and here.
  private var searched = 0

  init(byteLimit: Int) {
    self.byteLimit = byteLimit
  }

  /// The line that begins at ``start``.
  @inline(__always)
  func next(in bytes: Span<UInt8>) -> Line {
    let end = min(bytes.count, byteLimit)
    let lineFeed =
      bytes.beginsEmptyLine(at: searched, before: end)
      ? searched &+ 1 : bytes.firstIndex(of: .lineFeed, in: min(searched, end)..<end)
    // A CR at the end of the bytes may be the first half of the line end.
    var lineEnd = lineFeed ?? end
    let endsInCarriageReturn = lineEnd > start && bytes[lineEnd &- 1] == .carriageReturn
    if endsInCarriageReturn { lineEnd &-= 1 }
    return Line(
      content: start..<lineEnd, lineFeed: lineFeed, endsInCarriageReturn: endsInCarriageReturn)
  }

  /// Advances past a line and returns it; `nil` if its end has not arrived.
  ///
  /// - Parameters:
  ///   - line: the result of ``next(in:)`` for the same bytes.
  ///   - byteCount: the number of bytes.
  @inline(__always)
  mutating func take(_ line: Line, byteCount: Int) throws(RequestError) -> Range<Int>? {
    guard let lineFeed = line.lineFeed else {
      guard byteCount < byteLimit else { throw .headTooLarge }
      searched = byteCount
      return nil
    }
    guard line.endsInCarriageReturn else { throw .bareLineFeed }
    start = lineFeed &+ 1
    searched = start
    return line.content
  }
}
