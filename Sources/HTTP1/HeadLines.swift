/// The lines of a head, RFC 9112 §2.1, found in bytes that come in pieces: each is looked at once its
/// end has come.
struct HeadLines: Sendable {
  /// A line as far as it has come, without its CR LF.
  struct Line {
    var content: Range<Int>
    /// `nil` if its end has not come yet.
    fileprivate var lineFeed: Int?
    fileprivate var endsInCarriageReturn: Bool
  }

  /// How long the head may be, in bytes, with all line ends.
  private let byteLimit: Int
  /// Where the next line begins.
  private(set) var start = 0
  /// No line feed stands between `start` and here.
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
    // A CR at the end of what is here may belong to the line's end.
    var lineEnd = lineFeed ?? end
    let endsInCarriageReturn = lineEnd > start && bytes[lineEnd &- 1] == .carriageReturn
    if endsInCarriageReturn { lineEnd &-= 1 }
    return Line(
      content: start..<lineEnd, lineFeed: lineFeed, endsInCarriageReturn: endsInCarriageReturn)
  }

  /// Goes past a line if it has ended; `nil` if it has not.
  ///
  /// - Parameters:
  ///   - line: what ``next(in:)`` has returned for the same bytes.
  ///   - byteCount: how many bytes there are.
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
