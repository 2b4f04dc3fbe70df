import HTTP1
import Testing

struct BodyReaderTests {
  /// Where the body that `bytes` begin with ends, if they come in pieces that end at `ends`; `nil`
  /// if they end first.
  private func end(
    of body: RequestHead.Body, in bytes: [UInt8], upTo ends: [Int] = [], byteLimit: Int = 64,
    trailerByteLimit: Int = 64
  ) -> Result<Int?, RequestError> {
    do throws(RequestError) {
      guard
        var reader = try BodyReader(
          body, byteLimit: byteLimit, trailerByteLimit: trailerByteLimit)
      else { return .success(0) }
      var index = 0
      for end in ends + [bytes.count] where !reader.isDone {
        index = try reader.read(bytes.span.extracting(0..<end), from: index)
        // It waits for nothing: what it has been given it has read.
        if !reader.isDone, index != end { return .success(-1) }
      }
      return .success(reader.isDone ? index : nil)
    } catch {
      return .failure(error)
    }
  }

  private func expectSameForAllSplits(
    _ body: RequestHead.Body, _ text: String, byteLimit: Int = 64, trailerByteLimit: Int = 64,
    _ expected: Result<Int?, RequestError>, _ comment: Comment = ""
  ) {
    let bytes = Array(text.utf8)
    for ends in splits(of: bytes.count) {
      let actual = end(
        of: body, in: bytes, upTo: ends, byteLimit: byteLimit, trailerByteLimit: trailerByteLimit)
      #expect(actual == expected, comment)
    }
  }

  // MARK: - Bodies that are right

  @Test func none() throws {
    #expect(try BodyReader(.none, byteLimit: 0, trailerByteLimit: 0) == nil)
  }

  static let validBodies: [(RequestHead.Body, String)] = [
    (.length(1), "a"),
    (.length(20), "GET / HTTP/1.1\r\n\r\n.."),
    (.length(64), String(repeating: "\u{0}", count: 64)),
    (.chunked, "0\r\n\r\n"),
    (.chunked, "0000\r\n\r\n"),
    (.chunked, "1\r\na\r\n0\r\n\r\n"),
    (.chunked, "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
    (.chunked, "00a\r\n0123456789\r\n0\r\n\r\n"),
    (.chunked, "A\r\n0123456789\r\n0\r\n\r\n"),
    (.chunked, "10\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\n.\r\n0\r\n\r\n"),
    (.chunked, "1;a\r\na\r\n0;b=c;d=\"e;f\"\r\n\r\n"),
    (.chunked, "1 \t;a = b\r\na\r\n0;\r\n\r\n"),
    (.chunked, "1;\u{E9}\t\r\na\r\n0\r\n\r\n"),
    (.chunked, "1\r\na\r\n0\r\nA: b\r\n\r\n"),
    (.chunked, "0\r\nA:\r\nContent-Length: 5\r\nHost: \u{E9}\r\n\r\n"),
  ]

  /// What follows is not the body's, whatever it looks like.
  @Test(arguments: validBodies, ["", "\r\n", "0\r\n\r\n", "GET /id HTTP/1.1\r\n\r\n"])
  func valid(_ body: (RequestHead.Body, String), _ rest: String) {
    expectSameForAllSplits(body.0, body.1 + rest, .success(body.1.utf8.count))
  }

  @Test(arguments: validBodies)
  func everyPrefixIsIncomplete(_ body: RequestHead.Body, _ text: String) {
    let bytes = Array(text.utf8)
    for count in bytes.indices {
      #expect(end(of: body, in: Array(bytes[..<count])) == .success(nil), "first \(count) bytes")
    }
  }

  @Test func startsWhereItIsTold() throws {
    let bytes = Array("head5\r\nhello\r\n0\r\n\r\nrest".utf8)
    var reader = try #require(try BodyReader(.chunked, byteLimit: 5, trailerByteLimit: 5))
    let end = try reader.read(bytes.span, from: 4)
    #expect(end == 19)
    #expect(reader.isDone)
    let endAfterTheEnd = try reader.read(bytes.span, from: 19)
    #expect(endAfterTheEnd == 19)
  }

  /// The content without its framing, and in order, whatever pieces the body comes in.
  @Test(
    arguments: [
      (.length(5), "hello", "hello"),
      (.chunked, "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nA: b\r\n\r\n", "hello world"),
      (.chunked, "5\r\n0\r\n\r\n\r\n1\r\n.\r\n0\r\n\r\n", "0\r\n\r\n."),
      (.chunked, "0\r\n\r\n", ""),
    ] as [(RequestHead.Body, String, String)])
  func content(_ body: RequestHead.Body, _ text: String, _ expected: String) throws {
    let bytes = Array((text + "rest").utf8)
    for pieceBytes in 1...bytes.count {
      var reader = try #require(try BodyReader(body, byteLimit: 64, trailerByteLimit: 64))
      var (index, content) = (0, [UInt8]())
      while !reader.isDone {
        let piece = bytes.span.extracting(first: min(bytes.count, index + pieceBytes))
        index = try reader.read(piece, from: index) { content += bytes[$0] }
      }
      #expect(String(decoding: content, as: UTF8.self) == expected)
      #expect(index == text.utf8.count)
    }
  }

  // MARK: - Bodies that are wrong, RFC 9112 §7.1

  static let invalidBodies: [(RequestError, String, [String])] = [
    (.invalidChunk, "§7.1: chunk-size = 1*HEXDIG", ["\r\n", "\n", ";a\r\n"]),
    (.invalidChunk, "§7.1: no whitespace", [" 1\r\na\r\n"]),
    (.invalidChunk, "§7.1: no sign", ["+1\r\na\r\n", "-1\r\na\r\n"]),
    (.invalidChunk, "§7.1: no prefix", ["0x1\r\na\r\n"]),
    (.invalidChunk, "§7.1: no separator", ["1_0\r\n"]),
    (.invalidChunk, "§7.1: hexadecimal only", ["1h\r\na\r\n", "g\r\n", "\u{661}\r\na\r\n"]),
    (.invalidChunk, "§7.1", ["1,1\r\na\r\n", "1\u{0}\r\na\r\n"]),
    (.invalidChunk, "§7.1: CR LF", ["1\na\r\n", "1\ra\r\n", "1\r\r\na\r\n"]),
    (.invalidChunk, "§7.1.1: whitespace before a semicolon only", ["1 \r\na\r\n", "1 a\r\na\r\n"]),
    (.invalidChunk, "§7.1.1: no bare LF", ["1;a\nb\r\n"]),
    (.invalidChunk, "§7.1.1: no bare CR", ["1;a\rb\r\n"]),
    (.invalidChunk, "§7.1.1: no controls", ["1;a\u{0}\r\n", "1;\u{7F}\r\n"]),
    (.invalidChunk, "§7.1: longer than its size", ["1\r\nab\r\n"]),
    (
      .invalidChunk, "§7.1: CR LF after the data",
      ["1\r\na\n0\r\n\r\n", "1\r\na0\r\n\r\n", "1\r\na\r0\r\n\r\n"]
    ),
    (.invalidChunk, "§7.1: shorter than its size", ["2\r\na\r\n0\r\n\r\n"]),
    (.invalidChunk, "§7.1: no last chunk", ["1\r\na\r\n\r\n"]),
    (.invalidChunk, "§7.1.2: CR LF after the trailers", ["0\r\n\r."]),
    (.lineFolding, "§5.2 by §7.1.2", ["0\r\n A: b\r\n\r\n", "0\r\nA: b\r\n\tc\r\n\r\n"]),
    (.invalidFieldName, "§5.1 by §7.1.2", ["0\r\nA : b\r\n\r\n"]),
    (
      .invalidFieldName, "§5 by §7.1.2",
      ["0\r\nA\r\n\r\n", "0\r\n: b\r\n\r\n", "0\r\n\n", "0\r\nGET /id HTTP/1.1\r\n"]
    ),
    (.invalidFieldValue, "§2.2 by §7.1.2", ["0\r\nA: b\n\r\n", "0\r\nA: b\rc\r\n\r\n"]),
    (.invalidFieldValue, "RFC 9110 §5.5 by §7.1.2", ["0\r\nA: \u{0}\r\n\r\n"]),
  ]

  @Test(arguments: invalidBodies)
  func invalid(_ error: RequestError, _ section: String, _ bodies: [String]) {
    for text in bodies {
      expectSameForAllSplits(
        .chunked, text, .failure(error), "\(section): \(text.debugDescription)")
    }
  }

  // MARK: - Bounds

  static let bounds: [(RequestHead.Body, String, RequestError?)] = [
    (.length(10), "0123456789", nil),
    (.length(11), "", .bodyTooLarge),
    (.length(.max), "", .bodyTooLarge),
    (.chunked, "a\r\n0123456789\r\n0\r\n\r\n", nil),
    (.chunked, "b\r\n", .bodyTooLarge),
    (.chunked, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", nil),
    (.chunked, "5\r\n01234\r\n6\r\n", .bodyTooLarge),
    (.chunked, "7fffffffffffffff\r\n", .bodyTooLarge),
    (.chunked, "ffffffffffffffff\r\n", .bodyTooLarge),
    (.chunked, "10000000000000001\r\n", .bodyTooLarge),
    // Zeros before a size, and what is in extensions, together: as many as the body may have bytes.
    (.chunked, "00000000001\r\na\r\n0\r\n\r\n", nil),
    (.chunked, "000000000001\r\na\r\n0\r\n\r\n", .bodyTooLarge),
    (.chunked, "00000000000000000000\r\n", .bodyTooLarge),
    (.chunked, "1;23456789\r\na\r\n0\r\n\r\n", nil),
    (.chunked, "1;" + String(repeating: "e", count: 11), .bodyTooLarge),
    (.chunked, "1;234\r\na\r\n0;234567890", .bodyTooLarge),
    (.chunked, "0" + String(repeating: " ", count: 12), .bodyTooLarge),
  ]

  @Test(arguments: bounds)
  func bound(_ body: RequestHead.Body, _ text: String, _ error: RequestError?) {
    expectSameForAllSplits(
      body, text, byteLimit: 10, error.map { .failure($0) } ?? .success(text.utf8.count))
  }

  /// Field lines with their line ends, and the empty line: in bytes.
  @Test(arguments: ["\r\n", "A:\r\n\r\n", "A: b\r\nC: d\r\n\r\n"])
  func trailerBound(_ trailers: String) {
    let count = trailers.utf8.count
    let text = "0\r\n" + trailers
    expectSameForAllSplits(
      .chunked, text, trailerByteLimit: count, .success(text.utf8.count))
    expectSameForAllSplits(
      .chunked, text, trailerByteLimit: count - 1, .failure(.trailersTooLarge))
  }
}
