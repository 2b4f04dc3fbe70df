import HTTP1
import Testing

/// How reading a head ended.
typealias ParseResult = Result<RequestHeadParser.Progress, RequestError>

/// Gives a parser the bytes up to each of `ends` in turn, then all of them, until it has a result.
func parse(
  _ bytes: [UInt8], upTo ends: some Sequence<Int> = [], limits: HeadLimits = HeadLimits()
) -> ParseResult {
  var parser = RequestHeadParser(limits: limits)
  do throws(RequestError) {
    for end in ends {
      let progress = try parser.parse(bytes.span.extracting(0..<end))
      if progress != .incomplete { return .success(progress) }
    }
    return .success(try parser.parse(bytes.span))
  } catch {
    return .failure(error)
  }
}

func parse(_ text: String, limits: HeadLimits = HeadLimits()) -> ParseResult {
  parse(Array(text.utf8), limits: limits)
}

/// The head that `text` begins with.
func parsedHead(_ text: String) throws -> RequestHead {
  guard case .complete(let head, _) = try parse(text).get() else { throw IncompleteHead() }
  return head
}

struct IncompleteHead: Error {}

/// The ends of the pieces in which `count` bytes come: at once, in two pieces, or one by one.
func splits(of count: Int) -> [[Int]] {
  [[]] + (0...count).map { [$0] } + [Array(0...count)]
}

/// The splits with another result than that of all bytes at once. None, if the parser is right.
func splitsThatMatter(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> [[Int]] {
  let whole = parse(bytes, limits: limits)
  return splits(of: bytes.count).filter { parse(bytes, upTo: $0, limits: limits) != whole }
}

/// Expects this error, however the bytes come. `section` is that of the RFC which demands it.
func expectRefused(_ text: String, _ error: RequestError, _ section: String) {
  #expect(parse(text) == .failure(error), "\(section): \(text.debugDescription)")
  #expect(splitsThatMatter(Array(text.utf8)) == [], "\(text.debugDescription)")
}

/// A request with these lines between its request line and its empty line.
func request(_ fields: String, line: String = "GET /id HTTP/1.1") -> String {
  "\(line)\r\n\(fields)\r\n"
}

/// What was written to an output buffer.
func written(_ write: (inout OutputBuffer) -> Void) -> String {
  var output = OutputBuffer()
  write(&output)
  return output.text
}

extension OutputBuffer {
  var text: String { withBytes { $0.text(in: 0..<$0.count) } }
}

extension [UInt8] {
  /// What `read` finds in these bytes: a span itself cannot stand in an `#expect`.
  func reading<R>(_ read: (Span<UInt8>) -> R) -> R { read(span) }
}
