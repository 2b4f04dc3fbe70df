import HTTP1
import Testing

struct ResponseReaderTests {
  /// How a whole stream of bytes is understood, however it is cut.
  private enum Outcome: Equatable {
    case incomplete
    /// `total`: how many bytes, of all, are the response's.
    case complete(HTTPResponse, total: Int, isPersistent: Bool)
    case failure(ResponseError)
  }

  private func outcome(
    _ bytes: [UInt8], upTo ends: [Int] = [], limits: ResponseLimits,
    isResponseToHead: Bool = false, endsThen: Bool = false
  ) -> Outcome {
    var reader = ResponseReader(limits: limits, isResponseToHead: isResponseToHead)
    do throws(ResponseError) {
      var start = 0
      for end in ends + [bytes.count] {
        let piece = bytes.span.extracting(start..<end)
        if case .complete(let response, let consumed, let persistent) = try reader.read(piece) {
          return .complete(response, total: start + consumed, isPersistent: persistent)
        }
        start = end
      }
      guard endsThen else { return .incomplete }
      return .complete(try reader.end(), total: bytes.count, isPersistent: false)
    } catch {
      return .failure(error)
    }
  }

  private func expectSameForAllSplits(
    _ text: String, limits: ResponseLimits = ResponseLimits(), isResponseToHead: Bool = false,
    endsThen: Bool = false, _ expected: Outcome
  ) {
    let bytes = Array(text.utf8)
    for ends in splits(of: bytes.count) {
      let actual = outcome(
        bytes, upTo: ends, limits: limits, isResponseToHead: isResponseToHead, endsThen: endsThen)
      #expect(actual == expected, "\(text.debugDescription)")
    }
  }

  private static let ok = "HTTP/1.1 200 OK\r\n"

  static let responses: [(String, String, Bool)] = [
    (ok + "Content-Length: 0\r\n\r\n", "", true),
    (ok + "Content-Length: 5\r\n\r\nhello", "hello", true),
    (ok + "Content-Length: 5\r\nConnection: close\r\n\r\nhello", "hello", false),
    (ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", true),
    (
      ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\nA: b\r\n\r\n", "hello",
      true
    ),
    ("HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nok", "ok", true),
    (
      "HTTP/1.1 103 \r\nLink: x\r\n\r\nHTTP/1.1 199 \r\nContent-Length: 9\r\n\r\n" + ok
        + "Content-Length: 2\r\n\r\nok", "ok", true
    ),
  ]

  /// What follows is not the response's, whatever it looks like.
  @Test(arguments: responses, ["", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"])
  func complete(_ test: (text: String, body: String, isPersistent: Bool), _ rest: String) {
    let response = HTTPResponse(status: 200, body: Array(test.body.utf8))
    expectSameForAllSplits(
      test.text + rest,
      .complete(response, total: test.text.utf8.count, isPersistent: test.isPersistent))
  }

  @Test(arguments: responses)
  func everyPrefixIsIncompleteAndTruncated(_ text: String, _ body: String, _ isPersistent: Bool) {
    let bytes = Array(text.utf8)
    for count in bytes.indices {
      let prefix = Array(bytes[..<count])
      #expect(outcome(prefix, limits: ResponseLimits()) == .incomplete)
      #expect(
        outcome(prefix, limits: ResponseLimits(), endsThen: true) == .failure(.truncated))
    }
  }

  @Test(arguments: ["", "hello", "HTTP/1.1 200 OK\r\n\r\n"])
  func bodyUntilClose(_ body: String) {
    let text = Self.ok + "\r\n" + body
    expectSameForAllSplits(text, .incomplete)
    expectSameForAllSplits(
      text, endsThen: true,
      .complete(
        HTTPResponse(status: 200, body: Array(body.utf8)), total: text.utf8.count,
        isPersistent: false))
  }

  @Test(arguments: ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""])
  func responseToHeadHasNoBody(_ fields: String) {
    let head = Self.ok + fields + "\r\n"
    expectSameForAllSplits(
      head + "5\r\nhello", isResponseToHead: true,
      .complete(HTTPResponse(status: 200), total: head.utf8.count, isPersistent: true))
  }

  /// RFC 9110 §5.6.7; RFC 9112 §6.3 has no say in it.
  @Test(
    arguments: [
      ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "Sun, 06 Nov 1994 08:49:37 GMT"),
      ("date:Sun, 06 Nov 1994 08:49:37 GMT \r\n", "Sun, 06 Nov 1994 08:49:37 GMT"),
      ("", nil),
      ("Date: yesterday\r\n", "yesterday"),
      ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n", nil),
    ] as [(String, String?)])
  func date(_ fields: String, _ date: String?) {
    let text = "HTTP/1.1 503 \r\nContent-Length: 0\r\n\(fields)\r\n"
    expectSameForAllSplits(
      text,
      .complete(
        HTTPResponse(status: 503, date: date), total: text.utf8.count,
        isPersistent: true))
  }

  @Test(
    arguments: [
      ("garbage\r\n", .invalidStatusLine),
      ("HTTP/1.1 101 \r\nUpgrade: h2c\r\n\r\n", .unrequestedUpgrade),
      ("HTTP/1.1 100 \r\n\r\ngarbage\r\n", .invalidStatusLine),
      (ok + "A : b\r\n\r\n", .message(.invalidFieldName)),
      (ok + "Transfer-Encoding: chunked\r\n\r\nx", .message(.invalidChunk)),
      (ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab", .message(.invalidChunk)),
    ] as [(String, ResponseError)])
  func failure(_ text: String, _ error: ResponseError) {
    expectSameForAllSplits(text, .failure(error))
  }

  /// The body may have five bytes, and the head may have 64.
  @Test(
    arguments: [
      (ok + "\r\nhello", nil),
      (ok + "\r\nhello!", .bodyTooLarge),
      (ok + "Content-Length: 6\r\n\r\n", .bodyTooLarge),
      (ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\n", .bodyTooLarge),
      (ok + "A: " + String(repeating: "b", count: 64), .headTooLarge),
      // Each interim response is a head of its own.
      (String(repeating: "HTTP/1.1 100 \r\n\r\n", count: 9) + ok, nil),
    ] as [(String, RequestError?)])
  func bound(_ text: String, _ error: RequestError?) {
    let limits = ResponseLimits(headBytes: 64, bodyBytes: 5)
    expectSameForAllSplits(
      text, limits: limits, error.map { .failure(.message($0)) } ?? .incomplete)
  }
}
