import HTTP1
import Snowflake
import Testing

@testable import API

struct SessionTests {
  static let dateLine = "Date: Thu, 29 Jan 2026 12:19:34 GMT\r\n"

  // MARK: - The contract's bytes

  static let idHead =
    "HTTP/1.1 200 OK\r\n" + dateLine + "Content-Type: application/json\r\n"
    + "Content-Length: 43\r\nCache-Control: no-store\r\n\r\n"
  static let healthHead =
    "HTTP/1.1 200 OK\r\n" + dateLine + "Content-Type: text/plain; charset=utf-8\r\n"
    + "Content-Length: 2\r\n\r\n"
  static let notFoundHead =
    "HTTP/1.1 404 Not Found\r\n" + dateLine + "Content-Type: application/problem+json\r\n"
    + "Content-Length: 101\r\n\r\n"

  @Test(arguments: [
    ("GET", "/id", idHead + #"{"id": 275238510129057792, "machine_id": 1}"#),
    ("HEAD", "/id", idHead),
    ("GET", "http://anything/id", idHead + #"{"id": 275238510129057792, "machine_id": 1}"#),
    ("GET", "/health", healthHead + "ok"),
    ("HEAD", "/health", healthHead),
    (
      "GET", "/nothing",
      notFoundHead + #"{"title": "Not Found", "status": 404, "#
        + #""detail": "There is nothing at /nothing.", "code": "not_found"}"#
    ),
    ("HEAD", "/nothing", notFoundHead),
    (
      "OPTIONS", "*",
      "HTTP/1.1 200 OK\r\n" + dateLine + "Content-Type: text/plain; charset=utf-8\r\n"
        + "Content-Length: 0\r\nAllow: GET, HEAD, OPTIONS\r\n\r\n"
    ),
  ])
  func contract(_ method: String, _ target: String, _ expected: String) throws {
    let (received, step) = try answer(to: request(target, method: method))
    #expect(received == expected)
    #expect(step == .reading(.request))
  }

  // MARK: - Methods, paths and versions

  struct Exchange: Sendable {
    let request: String
    let status: String
    var code: String?
    var connection: String?
    var allow: String?
  }

  static let exchanges = [
    Exchange(request: request("/id"), status: "200 OK"),
    Exchange(request: request("/%69%64"), status: "200 OK"),
    Exchange(request: request("/health?x=y"), status: "200 OK"),
    Exchange(request: request("http://x/health", fields: "A: b\r\n"), status: "200 OK"),
    Exchange(
      request: request("http://x", method: "OPTIONS"), status: "200 OK", allow: "GET, HEAD, OPTIONS"
    ),
    Exchange(request: request("/ID"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("/id/"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("//id"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("/./id"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("/x/../id"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("/%2569d"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("/id%00"), status: "404 Not Found", code: "not_found"),
    Exchange(request: request("/x", method: "POST"), status: "404 Not Found", code: "not_found"),
    Exchange(
      request: request("/id", method: "POST"), status: "405 Method Not Allowed",
      code: "method_not_allowed", allow: "GET, HEAD"),
    Exchange(
      request: request("/id", method: "get"), status: "405 Method Not Allowed",
      code: "method_not_allowed", allow: "GET, HEAD"),
    Exchange(
      request: request("/health", method: "TRACE"), status: "405 Method Not Allowed",
      code: "method_not_allowed", allow: "GET, HEAD"),
    Exchange(
      request: request("/health", method: "BREW"), status: "405 Method Not Allowed",
      code: "method_not_allowed", allow: "GET, HEAD"),
    Exchange(
      request: request("x:443", method: "CONNECT"), status: "501 Not Implemented",
      code: "not_implemented", connection: "close"),
    Exchange(
      request: request("/id", method: String(repeating: "M", count: 33)),
      status: "501 Not Implemented", code: "method_too_long", connection: "close"),
    Exchange(
      request: request("/id", fields: "Transfer-Encoding: gzip, chunked\r\n"),
      status: "501 Not Implemented", code: "unknown_transfer_coding", connection: "close"),
    Exchange(
      request: request("/id", version: "HTTP/2.0"), status: "505 HTTP Version Not Supported",
      code: "unsupported_version", connection: "close"),
    Exchange(
      request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: "505 HTTP Version Not Supported",
      code: "unsupported_version", connection: "close"),
    Exchange(request: request("/id", version: "HTTP/1.9"), status: "200 OK"),
    Exchange(
      request: request("/id", fields: "Connection: close\r\n"), status: "200 OK",
      connection: "close"),
    Exchange(request: "GET /id HTTP/1.0\r\n\r\n", status: "200 OK", connection: "close"),
    Exchange(
      request: "GET /id HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", status: "200 OK",
      connection: "keep-alive"),
    Exchange(
      request: "GET /nothing HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      status: "404 Not Found", code: "not_found", connection: "keep-alive"),
    Exchange(
      request: request("/id", fields: "Expect: magic\r\n"), status: "417 Expectation Failed",
      code: "unknown_expectation", connection: "close"),
    Exchange(
      request: request("/" + String(repeating: "a", count: 8192)), status: "414 URI Too Long",
      code: "target_too_long", connection: "close"),
    Exchange(
      request: request("/id", fields: "A: " + String(repeating: "a", count: 16_384) + "\r\n"),
      status: "431 Request Header Fields Too Large", code: "head_too_large", connection: "close"),
    Exchange(
      request: request("/id", fields: String(repeating: "A: b\r\n", count: 100)),
      status: "431 Request Header Fields Too Large", code: "too_many_fields",
      connection: "close"),
    Exchange(
      request: request("/id", fields: "Content-Length: 65537\r\n"),
      status: "413 Content Too Large", code: "body_too_large", connection: "close"),
    Exchange(
      request: "GET /id HTTP/1.1\r\n\r\n", status: "400 Bad Request", code: "missing_host",
      connection: "close"),
  ]

  /// A connection is ended exactly if the response says so.
  @Test(arguments: exchanges)
  func exchange(_ expected: Exchange) throws {
    let (received, step) = try answer(to: expected.request)
    let responses = Received.all(in: received)
    #expect(responses.count == 1)
    let response = try #require(responses.first)
    #expect(response.status == "HTTP/1.1 \(expected.status)")
    #expect(response.code == expected.code)
    #expect(response.connection == expected.connection)
    #expect(response.fields["Allow"] == expected.allow)
    #expect(response.fields["Date"] == "Thu, 29 Jan 2026 12:19:34 GMT")
    #expect(response.fields["Content-Length"] == "\(response.content.utf8.count)")
    #expect(step.hasEnded == (expected.connection == "close"))
  }

  /// RFC 9110 §9.3.2: a response to `HEAD` has no content, also when it is an error.
  @Test(arguments: [
    "HEAD /id HTTP/1.1\r\n\r\n",
    request("/id", method: "HEAD", fields: "A : b\r\n"),
    request("/id", method: "HEAD", fields: "Content-Length: 65537\r\n"),
    request("/id", method: "HEAD", fields: "Transfer-Encoding: chunked\r\n") + "x",
    request("/id", method: "HEAD", version: "HTTP/2.0"),
    request("/i\"d", method: "HEAD"),
  ])
  func errorOfAHead(_ text: String) throws {
    let (received, step) = try answer(to: text)
    #expect(received.hasPrefix("HTTP/1.1 "))
    #expect(received.hasSuffix("\r\nConnection: close\r\n\r\n"))
    #expect(received.contains("Content-Type: application/problem+json"))
    #expect(step.hasEnded)
  }

  // MARK: - Expect: 100-continue, RFC 9110 §10.1.1

  static let interim = "HTTP/1.1 100 Continue\r\n\r\n"

  @Test(arguments: ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
  func expectContinue(_ framing: String) throws {
    let client = Client(try makeService())
    #expect(
      client.send(request("/health", fields: "Expect: 100-continue\r\n" + framing))
        == .reading(.body))
    #expect(client.received == Self.interim)
    #expect(!client.isIdle)
    client.send(framing.hasPrefix("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")
    #expect(client.received == Self.interim + Self.healthHead + "ok")
    #expect(client.isIdle)
  }

  /// The client is told before it sends the body, and is not asked for it.
  @Test(arguments: [
    (request("/x", fields: "Expect: 100-continue\r\nContent-Length: 5\r\n"), "404"),
    (
      request("/id", method: "POST", fields: "Expect: 100-continue\r\nContent-Length: 5\r\n"), "405"
    ),
    (request("/id", fields: "Expect: 100-continue\r\nContent-Length: 65537\r\n"), "413"),
  ])
  func expectContinueRefused(_ text: String, _ status: String) throws {
    let (received, step) = try answer(to: text + "GET /")
    #expect(received.hasPrefix("HTTP/1.1 \(status) "))
    #expect(Received.all(in: received).count == 1)
    #expect(step.hasEnded)
  }

  @Test(arguments: [
    "GET /health HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
    request("/health", fields: "Expect: 100-continue\r\nContent-Length: 0\r\n"),
    request("/health", fields: "Expect: 100-continue\r\n"),
  ])
  func nothingToContinue(_ text: String) throws {
    let (received, _) = try answer(to: text)
    #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }
}
