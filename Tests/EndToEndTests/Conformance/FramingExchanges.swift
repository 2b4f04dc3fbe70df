// RFC 9112 §6: where a body ends, and so where the next request begins.

extension [Exchange] {
  static let contentLengths = validLengths + invalidLengths + bothLengths
  static let transferEncodings = validCodings + invalidCodings

  /// A request with a body that itself looks like a request: it must not be answered.
  private static let hidden = "GET /id HTTP/1.1⏎Host: b⏎⏎"  // 29 bytes

  private static func post(_ fields: String, _ body: String, version: String = "1.1") -> String {
    "POST /nothing HTTP/\(version)⏎Host: a⏎\(fields)⏎⏎\(body)"
  }

  private static let validLengths: [Exchange] =
    ["0": "", "5": "hello", "005": "hello", "29": hidden, "  5  ": "hello", "\t5\t": "hello"]
    .map { .open("9110 §8.6", 404, post("Content-Length:\($0)", $1)) }
    + [
      .open("9110 §9.3.1", 200, "GET /health HTTP/1.1⏎Host: a⏎Content-Length: 29⏎⏎\(hidden)"),
      .open(
        "9110 §9.3.2", .head(200), "HEAD /health HTTP/1.1⏎Host: a⏎Content-Length: 29⏎⏎\(hidden)"),
      .open("9110 §9.3.8", 405, "TRACE /health HTTP/1.1⏎Host: a⏎Content-Length: 29⏎⏎\(hidden)"),
      .open("9110 §5.1", 404, post("cONTENT-lENGTH: 29", hidden)),
      .open("9110 §7.6.1", 404, post("Connection: Content-Length⏎Content-Length: 29", hidden)),
      .closed("9112 §6.3", 404, post("Content-Length: 5", "hello", version: "1.0")),
      .open("9112 §6.3", 404, post("X: y", "")),
      .open("9112 §6.3", 404, post("Content-Length2: 5", "")),
      .open("9110 §8.6", 404, post("Content-Length: 65536", String(repeating: "x", count: 65_536))),
      .open("9112 §6.3", 404, post("Connection: keep-alive⏎Content-Length: 2", "⏎")),
    ]

  private static let invalidLengths: [Exchange] =
    [
      "", " ", "+5", "-5", "-0", "+0", "5 5", "5\t5", "5,5", "5, 5", "5,", ",5", "5, 6", "0,0",
      "5;", "5;a=b", "0x5", "5h", "05h", "5.0", "5.", ".5", "5e0", "five", "\"5\"", "(5)",
      "\u{B2}", "\u{FF}\u{11}", "5_0", "1_000", "5\u{0}", "\u{0}5", "5\u{B}", "\u{B}5", "5\u{A0}",
      "9223372036854775808", "18446744073709551615", "18446744073709551616",
      "18446744073709551621", "99999999999999999999999999", "-9223372036854775808", "NaN", "inf",
      "5⏎ ", "5⏎ 5", "⏎ 5",
    ].map { .closed("9110 §8.6", 400, post("Content-Length: \($0)", hidden)) }
    + ["Content-Length : 5", "Content-Length\t: 5", " Content-Length: 5", "Content-Length\u{0}: 5"]
    .map { .closed("9112 §5.1", 400, post($0, "hello")) }
    + [
      "5⏎Content-Length: 5", "5⏎Content-Length: 6", "0⏎Content-Length: 29", "28⏎Content-Length: 0",
      "5⏎X: y⏎content-length: 5", "5⏎Content-Length:", "⏎Content-Length: 5",
    ].map { .closed("9112 §6.3", 400, post("Content-Length: \($0)", hidden)) }
    + ["65537", "100000000", "9223372036854775807", "0000000000000000000000065537"].map {
      .closed("9110 §15.5.14", 413, post("Content-Length: \($0)", hidden))
    }
    + [.closed("9110 §9.3.2", .head(413), "HEAD / HTTP/1.1⏎Host: a⏎Content-Length: 65537⏎⏎")]

  /// RFC 9112 §6.1: the one pair that most smuggling is made of.
  private static let bothLengths: [Exchange] =
    [
      "Content-Length: 5⏎Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked⏎Content-Length: 5",
      "Content-Length: 0⏎Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked⏎Content-Length: 0",
      "Content-Length: 5⏎Transfer-Encoding: identity", "Content-Length: 5⏎Transfer-Encoding:",
      "Content-Length: 5⏎Transfer-Encoding: x", "Content-Length: 5⏎Transfer-Encoding: xchunked",
      "Content-Length: 5⏎Transfer-Encoding: gzip, chunked", "Content-Length:⏎Transfer-Encoding: x",
      "Content-Length: 5⏎Transfer-Encoding: chunked⏎Transfer-Encoding: x",
      "Content-Length: 5⏎transfer-encoding: CHUNKED",
      "Content-Length: 5⏎Transfer-Encoding : chunked",
      "Content-Length: 5⏎Transfer-Encoding: \u{B}chunked",
      "Content-Length: 5⏎X: y\nTransfer-Encoding: chunked",
      "Content-Length: 5⏎Transfer-Encoding⏎ : chunked",
      "Content-Length: 5⏎X: y\rTransfer-Encoding: chunked",
      "Content-Length: 5⏎Connection: Transfer-Encoding⏎Transfer-Encoding: chunked",
    ].map { .closed("9112 §6.1", 400, post($0, "0⏎⏎\(hidden)")) }
    + [
      .closed(
        "9112 §6.1", 400, post("Content-Length: 5⏎Transfer-Encoding: chunked", "", version: "1.0"))
    ]

  private static let validCodings: [Exchange] =
    ["chunked", "Chunked", "CHUNKED", "  chunked  ", "\tchunked\t", ", chunked", "chunked,"]
    .map { .open("9112 §7", 404, post("Transfer-Encoding:\($0)", "5⏎hello⏎0⏎⏎")) }
    + [
      .open("9110 §5.1", 404, post("tRANSFER-eNCODING: chunked", "0⏎⏎")),
      .open("9112 §7.1", 200, "GET /health HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎0⏎⏎"),
      .open(
        "9112 §7.1", .head(200),
        "HEAD /health HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎1d⏎\(hidden)⏎0⏎⏎"),
      .open(
        "9110 §7.6.1", 404,
        post("Connection: Transfer-Encoding⏎Transfer-Encoding: chunked", "1d⏎\(hidden)⏎0⏎⏎")),
    ]

  private static let invalidCodings: [Exchange] =
    [
      "", ",", "identity", "gzip", "x", "chunked, gzip", "chunked, identity", "chunked, chunked",
      "gzip, chunked, chunked", "chunked, x, chunked", "xchunked", "chunkedx", "chunke", "chunked;",
      "chunked;q=1", "chunked; a=b", "\"chunked\"", "chunk ed", "chunked chunked", "chunked\u{0}",
      "\u{0}chunked", "chunked\u{B}", "\u{B}chunked", "\u{C}chunked", "chunked\u{A0}",
      "\u{A0}chunked", "\u{FF}chunked", "chunked\u{7F}", "[chunked]", "chunked/1", "chunked\r",
      "chunked⏎Transfer-Encoding: chunked", "chunked⏎Transfer-Encoding: gzip",
      "chunked⏎Transfer-Encoding: identity", "chun⏎ ked", "⏎ chunked", "chunked⏎ ",
      "x⏎Transfer-Encoding:", "chunked\n", "\nchunked",
    ].map { .closed("9112 §6.3", 400, post("Transfer-Encoding: \($0)", "0⏎⏎\(hidden)")) }
    + [
      "gzip, chunked", "identity, chunked", "x, chunked", "gzip⏎Transfer-Encoding: chunked",
      "gzip;q=1, chunked", "identity⏎X: y⏎Transfer-Encoding: chunked",
    ].map { .closed("9112 §6.1", 501, post("Transfer-Encoding: \($0)", "0⏎⏎\(hidden)")) }
    + [
      "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked",
      "Transfer-Encoding\u{0}: chunked", "Transfer-Encoding\u{B}: chunked", "Transfer Encoding: x",
      "Transfer-Encoding chunked", "X: y⏎ Transfer-Encoding: chunked",
    ].map { .closed("9112 §5.1", 400, post($0, "0⏎⏎\(hidden)")) }
    + [
      .closed("9112 §6.1", 400, post("Transfer-Encoding: chunked", "0⏎⏎", version: "1.0")),
      .closed(
        "9112 §6.1", 400,
        post("Connection: keep-alive⏎Transfer-Encoding: chunked", "0⏎⏎", version: "1.0")),
    ]
}
