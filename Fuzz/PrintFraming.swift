import Glibc

/// Prints how the parser frames what clients send, for comparison with another parser:
///
///     print-framing exchanges >inputs         the inputs of the conformance tests
///     print-framing framing <inputs >lines    a line for each input
///
/// An input is its length, four bytes with the lowest first, and so many bytes: all that one client
/// sends on a connection. A line is a JSON object: the complete requests, and how it ended.
@main struct PrintFraming {
  static func main() {
    switch CommandLine.arguments.dropFirst() {
    case ["exchanges"]:
      for table in tables { for exchange in table { write(exchange.request) } }
    case ["framing"]:
      while let input = readInput() { print(Framing(of: input).json) }
    default:
      print("print-framing exchanges | framing")
      exit(64)
    }
  }

  private static let tables: [[Exchange]] = [
    .requestLines, .targets, .hosts, .fields, .contentLengths, .transferEncodings, .chunks,
    .connections, .limits,
  ]

  private static func write(_ bytes: [UInt8]) {
    for shift in [0, 8, 16, 24] { putchar(CInt(bytes.count >> shift & 0xFF)) }
    for byte in bytes { putchar(CInt(byte)) }
  }

  /// `nil` at the end of standard input.
  private static func readInput() -> [UInt8]? {
    var count = 0
    for shift in [0, 8, 16, 24] {
      let byte = getchar()
      guard byte != EOF else { return nil }
      count |= Int(byte) << shift
    }
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: getchar()) }
  }
}

/// What a connection's bytes are, request by request, as a session reads them.
private struct Framing {
  /// All that came was understood; more may come.
  private static let open = "open"
  /// A request or its body has begun and has not come to its end.
  private static let incomplete = "incomplete"
  /// The last request said that it is the last, or asked for a tunnel: what follows is no request.
  private static let closed = "closed"

  private var requests: [String] = []
  /// One of the above, or the code of an error.
  private var end = Self.open

  init(of bytes: [UInt8]) {
    do throws(RequestError) {
      try read(bytes.span)
    } catch {
      end = error.rawValue
    }
  }

  var json: String {
    #"{"requests": [\#(requests.joined(separator: ", "))], "end": "\#(end)"}"#
  }

  private mutating func read(_ bytes: Span<UInt8>) throws(RequestError) {
    var index = 0
    while true {
      index = bytes.skippingEmptyLines(from: index)
      guard index < bytes.count, !bytes.isCarriageReturnAlone(from: index) else { return }
      end = Self.incomplete
      let rest = bytes.extracting(index..<bytes.count)
      var parser = RequestHeadParser(limits: HeadLimits())
      guard case .complete(let head, let consumed) = try parser.parse(rest) else { return }
      index += consumed
      guard head.method != .connect else {
        requests.append(Self.describe(head, in: rest, bodyBytes: 0))
        end = Self.closed
        return
      }
      var bodyBytes = 0
      if var reader = try BodyReader(head.body, byteLimit: 65_536, trailerByteLimit: 16_384) {
        let start = index
        index = try reader.read(bytes, from: index)
        guard reader.isDone else { return }
        bodyBytes = index - start
      }
      requests.append(Self.describe(head, in: rest, bodyBytes: bodyBytes))
      end = head.isPersistent ? Self.open : Self.closed
      if end == Self.closed { return }
    }
  }

  /// Ranges as the parser found them, so that a wrong one shows.
  private static func describe(
    _ head: RequestHead, in bytes: Span<UInt8>, bodyBytes: Int
  ) -> String {
    var values: [String] = []
    for name: StaticString in ["host", "accept", "expect", "x"] {
      head.forEachValue(of: name, in: bytes) { range in
        values.append("[\"\(name)\", \(quoted(range, in: bytes))]")
      }
    }
    return """
      {"method": "\(head.method)", "form": "\(head.target.form)", \
      "path": \(quoted(head.target.path, in: bytes)), \
      "query": \(quoted(head.target.query, in: bytes)), "minor": \(head.minorVersion), \
      "chunked": \(head.body == .chunked), "bodyBytes": \(bodyBytes), \
      "persistent": \(head.isPersistent), "values": [\(values.joined(separator: ", "))]}
      """
  }

  /// Each byte as the character of that value.
  private static func quoted(_ range: Range<Int>, in bytes: Span<UInt8>) -> String {
    var text = "\""
    for index in range {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text += "\\" + String(Unicode.Scalar(byte))
      case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text + "\""
  }
}
