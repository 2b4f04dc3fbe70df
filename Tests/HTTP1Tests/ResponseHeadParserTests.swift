import HTTP1
import Testing

/// RFC 9112 §4 to §6, from the client's side.
struct ResponseHeadParserTests {
  typealias Body = ResponseHeadParser.Body
  typealias Outcome = Result<ResponseHeadParser.Progress, ResponseError>

  private func outcome(
    _ text: String, upTo ends: [Int] = [], limits: ResponseLimits = ResponseLimits(),
    isResponseToHead: Bool = false
  ) -> Outcome {
    let bytes = Array(text.utf8)
    var parser = ResponseHeadParser(limits: limits, isResponseToHead: isResponseToHead)
    do throws(ResponseError) {
      for end in ends {
        let progress = try parser.parse(bytes.span.extracting(0..<end))
        if progress != .incomplete { return .success(progress) }
      }
      return .success(try parser.parse(bytes.span))
    } catch {
      return .failure(error)
    }
  }

  private func head(_ text: String, isResponseToHead: Bool = false) throws
    -> ResponseHeadParser.Head
  {
    let result = try outcome(text, isResponseToHead: isResponseToHead).get()
    guard case .complete(let head, _) = result else { throw IncompleteHead() }
    return head
  }

  /// The same outcome, whether the bytes come at once, in two pieces or one by one.
  private func expectSameForAllSplits(
    _ text: String, limits: ResponseLimits = ResponseLimits(), _ expected: Outcome
  ) {
    for ends in splits(of: text.utf8.count) {
      #expect(outcome(text, upTo: ends, limits: limits) == expected, "\(text.debugDescription)")
    }
  }

  // MARK: - The status line

  @Test(arguments: [
    ("HTTP/1.1 200 OK", 200, UInt8(1)),
    ("HTTP/1.1 200 ", 200, 1),
    ("HTTP/1.0 404 Not Found", 404, 0),
    ("HTTP/1.9 999 ~ \t", 999, 9),
    ("HTTP/1.1 100 Continue", 100, 1),
  ])
  func statusLine(_ line: String, _ status: Int, _ minorVersion: UInt8) throws {
    let text = line + "\r\nA: b\r\n\r\n"
    let head = try head(text)
    #expect(head.status == status)
    #expect(head.minorVersion == minorVersion)
    expectSameForAllSplits(
      text + "rest", .success(.complete(head, consumed: text.utf8.count)))
    for count in 0..<text.utf8.count {
      let prefix = String(decoding: text.utf8.prefix(count), as: UTF8.self)
      #expect(outcome(prefix) == .success(.incomplete), "first \(count) bytes")
    }
  }

  @Test(arguments: [
    "", "HTTP/1.1", "HTTP/1.1 200", "HTTP/1.1  200 OK", " HTTP/1.1 200 OK", "HTTP/1.1 20 OK",
    "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 2x0 OK",
    "HTTP/1.1\t200\tOK", "HTTP/1.1 200\tOK", "HTTP/1.1 200 O\rK", "HTTP/1.1 200 O\u{0}K",
    "http/1.1 200 OK", "HTTP/11 200 OK.", "HTTP/1.1x200 OK.", "ICY 200 OK and more",
    "GET /id HTTP/1.1", "SSH-2.0-OpenSSH_9.2",
  ])
  func invalidStatusLine(_ line: String) {
    expectSameForAllSplits(line + "\r\n\r\n", .failure(.invalidStatusLine))
  }

  @Test(arguments: ["HTTP/2.0 200 OK", "HTTP/0.9 200 OK"])
  func unsupportedVersion(_ line: String) {
    expectSameForAllSplits(line + "\r\n\r\n", .failure(.unsupportedVersion))
  }

  // MARK: - Fields

  @Test(
    arguments: [
      ("A: b\n", .bareLineFeed),
      ("A: b\r\n c\r\n", .lineFolding),
      ("\tA: b\r\n", .lineFolding),
      ("A : b\r\n", .invalidFieldName),
      (": b\r\n", .invalidFieldName),
      ("A\r\n", .invalidFieldName),
      ("A: b\rc\r\n", .invalidFieldValue),
      ("A: \u{0}\r\n", .invalidFieldValue),
      ("A: \u{7F}\r\n", .invalidFieldValue),
    ] as [(String, RequestError)])
  func invalidFields(_ fields: String, _ error: RequestError) {
    let text = "HTTP/1.1 200 OK\r\n\(fields)\r\n"
    expectSameForAllSplits(text, .failure(.message(error)))
  }

  @Test func valuesOfAField() throws {
    let text = "HTTP/1.1 200 OK\r\nDate: a\r\nX-Date: b\r\ndAtE:\tc \r\nDate:\r\n\r\n"
    let head = try head(text)
    let bytes = Array(text.utf8)
    var values: [String] = []
    head.forEachValue(of: "date", in: bytes.span) { range in
      values.append(String(decoding: bytes[range], as: UTF8.self))
    }
    #expect(values == ["a", "c", ""])
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, CLOSE\r\n", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, close\r\n", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: closed\r\n", true),
    ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n", false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n", true),
    ("HTTP/1.1 200 OK\r\n", false),
    ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", false),
    ("HTTP/1.1 204 No Content\r\n", true),
  ])
  func persistence(_ lines: String, _ isPersistent: Bool) throws {
    #expect(try head(lines + "\r\n").isPersistent == isPersistent)
  }

  // MARK: - Framing, RFC 9112 §6.3

  @Test(arguments: [
    ("200", "", Body.untilClose),
    ("404", "", .untilClose),
    ("200", "Content-Length: 0\r\n", .none),
    ("200", "Content-Length: 5\r\n", .length(5)),
    ("200", "Content-Length: 9223372036854775807\r\n", .length(.max)),
    ("200", "Transfer-Encoding: chunked\r\n", .chunked),
    ("100", "", .none),
    ("199", "Content-Length: 5\r\n", .none),
    ("204", "", .none),
    ("204", "Content-Length: 5\r\n", .none),
    ("304", "Content-Length: 5\r\n", .none),
    ("304", "Transfer-Encoding: chunked\r\n", .none),
    ("205", "", .untilClose),
  ])
  func body(_ status: String, _ fields: String, _ expected: Body) throws {
    let text = "HTTP/1.1 \(status) \r\n\(fields)\r\n"
    #expect(try head(text).body == expected)
    #expect(try head(text, isResponseToHead: true).body == .none)
  }

  @Test(
    arguments: ["200", "204", "304"],
    [
      ("Content-Length: \r\n", .invalidContentLength),
      ("Content-Length: -1\r\n", .invalidContentLength),
      ("Content-Length: 9223372036854775808\r\n", .invalidContentLength),
      ("Content-Length: 5\r\nContent-Length: 5\r\n", .repeatedContentLength),
      ("Content-Length: 5, 5\r\n", .repeatedContentLength),
      ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .contentLengthAndTransferEncoding),
      ("Transfer-Encoding: gzip\r\n", .invalidTransferEncoding),
      ("Transfer-Encoding: chunked, gzip\r\n", .invalidTransferEncoding),
      ("Transfer-Encoding: chunked, chunked\r\n", .invalidTransferEncoding),
      ("Transfer-Encoding: gzip, chunked\r\n", .unknownTransferCoding),
    ] as [(String, RequestError)])
  func invalidFraming(_ status: String, _ test: (fields: String, error: RequestError)) {
    expectSameForAllSplits(
      "HTTP/1.1 \(status) \r\n\(test.fields)\r\n", .failure(.message(test.error)))
  }

  @Test func noTransferCodingInHTTP10() {
    let text = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(outcome(text) == .failure(.message(.invalidTransferEncoding)))
  }

  // MARK: - Bounds

  @Test func headBound() throws {
    let text = "HTTP/1.1 204 \r\nA: b\r\n\r\n"
    let count = text.utf8.count
    expectSameForAllSplits(
      text, limits: ResponseLimits(headBytes: count),
      .success(.complete(try head(text), consumed: count)))
    expectSameForAllSplits(
      text, limits: ResponseLimits(headBytes: count - 1), .failure(.message(.headTooLarge)))
    let endless = String(repeating: "x", count: 64)
    expectSameForAllSplits(
      endless, limits: ResponseLimits(headBytes: 64), .failure(.message(.headTooLarge)))
  }

  @Test(arguments: [(2, nil), (3, .message(.tooManyFields))] as [(Int, ResponseError?)])
  func fieldBound(_ count: Int, _ error: ResponseError?) throws {
    let text = "HTTP/1.1 204 \r\n" + String(repeating: "A: b\r\n", count: count) + "\r\n"
    expectSameForAllSplits(
      text, limits: ResponseLimits(fieldCount: 2),
      try error.map { .failure($0) }
        ?? .success(.complete(try head(text), consumed: text.utf8.count)))
  }
}
