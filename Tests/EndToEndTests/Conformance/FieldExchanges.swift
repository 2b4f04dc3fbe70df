// RFC 9112 §5 and RFC 9110 §5; expectations: RFC 9110 §10.1.1.

extension [Exchange] {
  static let fields = validFields + invalidNames + invalidValues + lineEnds + expectations

  private static func get(_ fields: String) -> String {
    "GET /health HTTP/1.1⏎Host: a⏎\(fields)⏎⏎"
  }

  private static let validFields: [Exchange] =
    [
      "X:", "X: ", "X:y", "X:\ty\t", "X: a\tb", "X: \u{80}\u{FF}", "X: \u{E9}", "X: a:b", "X: ::",
      "X: \"a, b\"", "!#$%&'*+-.^_`|~: x", "0: x", "X: a⏎X: b⏎x: c", "Upgrade: h2c",
      "Connection: Upgrade, HTTP2-Settings⏎Upgrade: h2c⏎HTTP2-Settings: AAMAAABk",
      "Connection: Upgrade⏎Upgrade: websocket⏎Sec-WebSocket-Version: 13", "TE: trailers",
      "TE: chunked", "Trailer: X", "Max-Forwards: 0", "Range: bytes=0-0", "If-Match: \"x\"",
      "If-None-Match: *", "If-Modified-Since: Thu, 01 Jan 2037 00:00:00 GMT", "Cookie: a=b",
      "Accept-Encoding: gzip", "Content-Type: a", "Keep-Alive: timeout=5", "Date: no date",
      "Content-Encoding: gzip", "Via: 1.0 a", "Proxy-Connection: close", "X-Method-Override: PUT",
      "X-HTTP-Method-Override: DELETE", "X-Original-URL: /id", "Forwarded: host=b",
      String(repeating: "n", count: 1000) + ": x", "X: " + String(repeating: "v", count: 8000),
    ].map { .open("9110 §5.5", 200, get($0)) }

  private static let invalidNames: [Exchange] =
    "(),/;<=>?@[\\]{}\" \t\u{0}\u{1}\u{8}\u{B}\u{C}\u{E}\u{1F}\u{7F}\u{80}\u{A0}\u{FF}"
    .unicodeScalars.map { .closed("9110 §5.1", 400, get("X\($0)Y: z")) }
    + [
      "X : y", "X\t: y", "X  : y", ": y", " : y", ":", "X", "X y", "X\u{0}: y", "\u{0}X: y",
      "X\r: y", "\rX: y", "=: y", "X: y⏎Z", "X: y⏎: z", "GET / HTTP/1.1",
    ].map { .closed("9112 §5.1", 400, get($0)) }

  private static let invalidValues: [Exchange] =
    [
      "X: \u{0}", "X: y\u{0}", "X: \u{0}y", "X: a\u{1}b", "X: a\u{8}b", "X: a\u{B}b", "X: a\u{C}b",
      "X: a\u{E}b", "X: a\u{1B}b", "X: a\u{1F}b", "X: a\u{7F}b", "X: a\rb", "X: a\r b", "X:\ry",
      "X: a\r", "X: a\r\r", "X: a\nb: c", "X: a\n b", "X: \n", "Host\r: a",
    ].map { .closed("9110 §5.5", 400, get($0)) }
    + [
      "X: y⏎ z", "X: y⏎\tz", "X: y⏎ ", "X: y⏎\t", "X:⏎ y", "X: y⏎ ⏎Z: z", "X: y⏎  Z: z",
      " X: y", "\tX: y", " ", "\t",
    ].map { .closed("9112 §5.2", 400, get($0)) }

  /// A line ends with CR LF and nothing else: each other end has been read differently by two
  /// programs in a row.
  private static let lineEnds: [Exchange] =
    [
      "Host: a\n⏎", "Host: a⏎\n", "Host: a\n\n", "Host: a\r\r", "Host: a⏎\r\r", "Host: a\r\r\n⏎",
      "Host: a\n\r\n", "Host: a\n\r⏎", "Host: a⏎\r⏎", "Host: a⏎X: y\n⏎", "Host: a⏎X: y\r⏎⏎",
      "Host: a⏎X: y\rZ: z⏎⏎", "Host: a⏎X: y\n\nGET /id HTTP/1.1⏎Host: a⏎⏎",
      "Host: a⏎X: y\r\rGET /id HTTP/1.1⏎Host: a⏎⏎", "Host: a\u{85}⏎\u{0}⏎",
      "Host: a⏎X: y\n\r\nGET /id HTTP/1.1⏎Host: a⏎⏎",
    ].map { .closed("9112 §2.2", 400, "GET /health HTTP/1.1⏎\($0)") }

  private static func get(_ fields: String, _ body: String) -> String {
    get(fields) + body
  }

  private static let expectations: [Exchange] =
    ["100-continue", "100-Continue", " 100-CONTINUE ", ",100-continue,", "100-continue⏎Expect:"]
    .map {
      Exchange(
        "9110 §10.1.1", get("Content-Length: 2⏎Expect: \($0)", "hi"), [.proceed, 200],
        staysOpen: true)
    }
    + [
      Exchange(
        "9110 §10.1.1", get("Transfer-Encoding: chunked⏎Expect: 100-continue", "2⏎hi⏎0⏎⏎"),
        [.proceed, 200], staysOpen: true),
      .open("9110 §10.1.1", 200, get("Content-Length: 0⏎Expect: 100-continue", "")),
      .open("9110 §10.1.1", 200, get("Expect: 100-continue", "")),
      .open("9110 §10.1.1", 200, get("Content-Length: 2⏎Expect:", "hi")),
      .closed(
        "9110 §10.1.1", 200,
        "GET /health HTTP/1.0⏎Content-Length: 2⏎Expect: 100-continue⏎⏎hi"),
      .closed("9110 §10.1.1", 200, "GET /health HTTP/1.0⏎Expect: x⏎⏎"),
      .closed("9110 §10.1.1", 413, get("Content-Length: 65537⏎Expect: 100-continue", "")),
      .closed("9110 §10.1.1", 404, post("/nothing", "Content-Length: 2⏎Expect: 100-continue")),
      .closed("9110 §10.1.1", 405, post("/health", "Content-Length: 2⏎Expect: 100-continue")),
      .closed(
        "9112 §6.1", 400,
        get("Content-Length: 2⏎Transfer-Encoding: chunked⏎Expect: 100-continue", "")),
    ]
    + [
      "x", "200-ok", "100-continue, x", "x, 100-continue", "100-continue;a", "100-continue=1",
      "100-continu", "100-continued", "\"100-continue\"", "100 continue", "100-continue⏎Expect: x",
    ].map { .closed("9110 §15.5.18", 417, get("Content-Length: 2⏎Expect: \($0)", "hi")) }
    + [.closed("9110 §9.3.2", .head(417), "HEAD /health HTTP/1.1⏎Host: a⏎Expect: x⏎⏎")]

  private static func post(_ path: String, _ fields: String) -> String {
    "POST \(path) HTTP/1.1⏎Host: a⏎\(fields)⏎⏎hi"
  }
}
