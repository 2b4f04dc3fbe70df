import HTTP1
import Testing

struct ResponseHeadTests {
  static let date = "Thu, 29 Jan 2026 12:19:34 GMT"
  static let dateLine = "Date: \(date)\r\n"

  @Test func leastHead() {
    let head = ResponseHead(status: .ok, contentLength: 0, connection: .persistent)
    #expect(
      text(head) == "HTTP/1.1 200 OK\r\n" + Self.dateLine
        + "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n")
  }

  @Test func everythingAtOnce() {
    let head = ResponseHead(
      status: .serviceUnavailable, contentType: "text/plain; charset=utf-8",
      contentLength: 1_234_567, connection: .close, allow: "GET, HEAD", isNoStore: true,
      retryAfterSeconds: 60, otherFieldLines: "A: b\r\nC: d\r\n")
    #expect(
      text(head) == "HTTP/1.1 503 Service Unavailable\r\n" + Self.dateLine
        + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 1234567\r\n"
        + "Cache-Control: no-store\r\nAllow: GET, HEAD\r\nRetry-After: 60\r\n"
        + "A: b\r\nC: d\r\nConnection: close\r\n\r\n")
  }

  @Test(arguments: [
    (ResponseHead.Connection.persistent, ""), (.keepAlive, "Connection: keep-alive\r\n"),
    (.close, "Connection: close\r\n"),
  ])
  func connection(_ connection: ResponseHead.Connection, _ expected: String) {
    let head = ResponseHead(status: .ok, contentLength: 2, connection: connection)
    #expect(text(head).hasSuffix("Content-Length: 2\r\n" + expected + "\r\n"))
  }

  /// RFC 9110 §15.2.1: a status line and an empty line, and no more.
  @Test func interimResponse() {
    #expect(written { $0.appendContinue() } == "HTTP/1.1 100 Continue\r\n\r\n")
  }

  /// RFC 9110 §15, and RFC 6585 §5 for 431.
  static let statusLines: [(Status, String)] = [
    (Status.ok, "200 OK"), (.badRequest, "400 Bad Request"),
    (.notFound, "404 Not Found"),
    (.methodNotAllowed, "405 Method Not Allowed"), (.notAcceptable, "406 Not Acceptable"),
    (.requestTimeout, "408 Request Timeout"), (.contentTooLarge, "413 Content Too Large"),
    (.uriTooLong, "414 URI Too Long"), (.expectationFailed, "417 Expectation Failed"),
    (.requestHeaderFieldsTooLarge, "431 Request Header Fields Too Large"),
    (.internalServerError, "500 Internal Server Error"),
    (.notImplemented, "501 Not Implemented"), (.serviceUnavailable, "503 Service Unavailable"),
    (.httpVersionNotSupported, "505 HTTP Version Not Supported"),
  ]

  @Test func everyStatusHasALine() {
    #expect(Set(Self.statusLines.map(\.0)) == Set(Status.allCases))
  }

  @Test(arguments: statusLines)
  func statusLine(_ status: Status, _ expected: String) {
    let head = ResponseHead(status: status, contentLength: 0, connection: .close)
    #expect(text(head).hasPrefix("HTTP/1.1 \(expected)\r\n"))
  }

  private func text(_ head: ResponseHead) -> String {
    written { $0.append(head, date: Array(Self.date.utf8)) }
  }
}
