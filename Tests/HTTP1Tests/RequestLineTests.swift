import HTTP1
import Testing

struct RequestLineTests {
  // MARK: - Methods and versions

  /// RFC 9110 §9.1: methods are case-sensitive.
  @Test(arguments: [
    ("GET", RequestHead.Method.get), ("HEAD", .head), ("OPTIONS", .options), ("POST", .other),
    ("get", .other), ("Get", .other), ("GETS", .other), ("GE", .other), ("TRACE", .other),
    ("head", .other), ("options", .other), ("connect", .other), ("PURGE", .other),
  ])
  func method(_ name: String, _ expected: RequestHead.Method) throws {
    let head = try parsedHead(request("Host: x\r\n", line: "\(name) /id HTTP/1.1"))
    #expect(head.method == expected)
  }

  @Test(arguments: 0...9 as ClosedRange<UInt8>)
  func minorVersion(_ minor: UInt8) throws {
    let head = try parsedHead(request("Host: x\r\n", line: "GET /id HTTP/1.\(minor)"))
    #expect(head.minorVersion == minor)
  }

  // MARK: - Targets

  struct ValidTarget: Sendable {
    var method = "GET"
    let target: String
    var form = RequestHead.Target.Form.origin
    var path = ""
    var query = ""
  }

  static let validTargets = [
    ValidTarget(target: "/", path: "/"),
    ValidTarget(target: "/id", path: "/id"),
    ValidTarget(target: "/id?", path: "/id"),
    ValidTarget(target: "/id?a=b&c", path: "/id", query: "a=b&c"),
    ValidTarget(target: "/?a?b/c", path: "/", query: "a?b/c"),
    ValidTarget(target: "//", path: "//"),
    ValidTarget(target: "//host/id", path: "//host/id"),
    ValidTarget(target: "/../id/.", path: "/../id/."),
    ValidTarget(target: "/%69d%2F%00", path: "/%69d%2F%00"),
    ValidTarget(target: "/a;b=c,d:e@f!$&'()*+-._~", path: "/a;b=c,d:e@f!$&'()*+-._~"),
    ValidTarget(target: "http://x", form: .absolute),
    ValidTarget(target: "http://x/", form: .absolute, path: "/"),
    ValidTarget(target: "HTTP://X:80/id?q", form: .absolute, path: "/id", query: "q"),
    ValidTarget(target: "https://[2001:db8::1]:443/id", form: .absolute, path: "/id"),
    ValidTarget(target: "http://x?q", form: .absolute, query: "q"),
    ValidTarget(method: "OPTIONS", target: "*", form: .asterisk),
    ValidTarget(method: "OPTIONS", target: "/id", path: "/id"),
    ValidTarget(method: "OPTIONS", target: "http://x", form: .absolute),
    ValidTarget(method: "CONNECT", target: "x:443", form: .authority),
    ValidTarget(method: "CONNECT", target: "[::1]:443", form: .authority),
  ]

  @Test(arguments: validTargets)
  func target(_ expected: ValidTarget) throws {
    let text = request("Host: x\r\n", line: "\(expected.method) \(expected.target) HTTP/1.1")
    let target = try parsedHead(text).target
    let bytes = Array(text.utf8)
    #expect(target.form == expected.form)
    #expect(bytes.reading { $0.text(in: target.path) } == expected.path)
    #expect(bytes.reading { $0.text(in: target.query) } == expected.query)
  }

  /// RFC 9112 §3.2 with RFC 3986 and RFC 9110 §4.2.
  @Test(arguments: [
    "*", "id", "?", "?q", "#", "/#", "/id#fragment", "/?#", "/\"", "/<", "/>", "/\\", "/^", "/`",
    "/{", "/|", "/}", "/[", "/]", "/%", "/%4", "/%zz", "/%4g", "/?%", "/?[", "/\u{7F}",
    "/\u{0}", "/\u{1F}", "/\t", "/\r", "/\u{E9}", "/?\u{E9}", "http", "http:", "http:/x",
    "http://", "http:///id", "http://:80/", "http://user@x/", "http://user:password@x/",
    "http://x:99999/", "http://x:a/", "http://[::1/", "http://::1/", "http://x#f",
    "ftp://x/", "ws://x/", "file:///id", "x:80", "x", "://x", "httpx://x/", "/id\\..",
  ])
  func invalidTarget(_ target: String) {
    #expect(
      parse(request("Host: x\r\n", line: "GET \(target) HTTP/1.1")) == .failure(.invalidTarget))
  }

  /// RFC 9112 §3.2.3 and §3.2.4.
  @Test(arguments: [
    ("CONNECT", "x"), ("CONNECT", "x:"), ("CONNECT", ":80"), ("CONNECT", "/"), ("CONNECT", "*"),
    ("CONNECT", "http://x:80/"), ("CONNECT", "user@x:80"), ("CONNECT", "x:80/"),
    ("CONNECT", "x:65536"), ("CONNECT", "[::1]"), ("OPTIONS", "**"), ("OPTIONS", "*/"),
    ("HEAD", "*"), ("POST", "*"), ("get", "*"), ("options", "*"), ("connect", "x:80"),
  ])
  func targetOfAnotherMethod(_ method: String, _ target: String) {
    #expect(
      parse(request("Host: x\r\n", line: "\(method) \(target) HTTP/1.1"))
        == .failure(.invalidTarget))
  }

  // MARK: - Lines that are wrong

  static let invalidLines: [(RequestError, String, [String])] = [
    (
      .invalidRequestLine, "RFC 9112 §3",
      ["GET", "GET ", "GET /id ", "GET HTTP/1.1", "GET  HTTP/1.1"]
    ),
    (.invalidRequestLine, "RFC 9112 §3: HTTP/0.9 has no version", ["GET /id"]),
    (.invalidRequestLine, "RFC 9112 §3: one space", ["GET  /id HTTP/1.1", "GET /id  HTTP/1.1"]),
    (.invalidRequestLine, "RFC 9112 §3: no trailing space", ["GET /id HTTP/1.1 "]),
    (.invalidRequestLine, "RFC 9112 §3: no leading space", [" GET /id HTTP/1.1"]),
    (.invalidRequestLine, "RFC 9112 §3: SP, not HTAB", ["GET /id\tHTTP/1.1"]),
    (.invalidRequestLine, "RFC 9112 §3.2: no whitespace in a target", ["GET /i d HTTP/1.1"]),
    (.invalidRequestLine, "RFC 9112 §2.2: bare CR", ["GET /id HTTP/1.1\r"]),
    (
      .invalidRequestLine, "RFC 9112 §2.3",
      [
        "GET /id HTTP/1.1\u{0}", "GET /id HTTP/1", "GET /id HTTP/1.", "GET /id HTTP/.1",
        "GET /id HTTP/1,1", "GET /id HTTP/1.x", "GET /id HTTP/x.1", "GET /id HTTP-1.1",
        "GET /id HTTPS/1.1", "GET /id ICY/1.1",
      ]
    ),
    (
      .invalidRequestLine, "RFC 9112 §2.3: case-sensitive",
      ["GET /id http/1.1", "GET /id Http/1.1"]
    ),
    (.invalidRequestLine, "RFC 9112 §2.3: one digit", ["GET /id HTTP/1.10", "GET /id HTTP/01.1"]),
    (
      .invalidMethod, "RFC 9110 §9.1",
      [
        "GET\t/id HTTP/1.1", "G@T /id HTTP/1.1", "(GET) /id HTTP/1.1", "GET: /id HTTP/1.1",
        "GE\u{0}T /id HTTP/1.1", "G\u{C9}T /id HTTP/1.1",
      ]
    ),
    (.invalidMethod, "RFC 9112 §2.2", ["GE\rT /id HTTP/1.1"]),
    (.invalidTarget, "RFC 9112 §2.2: bare CR", ["GET /id\r HTTP/1.1"]),
    (.bareLineFeed, "RFC 9112 §2.2: bare LF", ["GET /id HTTP/1.1\n"]),
    (.bareLineFeed, "RFC 9112 §2.2", ["GET /id\n HTTP/1.1"]),
    (
      .unsupportedVersion, "RFC 9110 §15.6.6",
      ["GET /id HTTP/2.0", "GET /id HTTP/0.9", "GET /id HTTP/3.1"]
    ),
    (.unsupportedVersion, "RFC 9113 §3.4", ["PRI * HTTP/2.0"]),
  ]

  @Test(arguments: invalidLines)
  func invalidLine(_ error: RequestError, _ section: String, _ lines: [String]) {
    for line in lines { expectRefused(request("Host: x\r\n", line: line), error, section) }
  }
}
