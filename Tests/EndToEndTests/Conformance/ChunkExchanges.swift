// RFC 9112 §7.1: chunked bodies, their extensions and trailers.

extension [Exchange] {
  static let chunks = validChunks + invalidSizes + invalidFraming + invalidTrailers + chunkLimits

  private static func chunked(_ body: String) -> String {
    "POST /nothing HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎\(body)"
  }

  private static let validChunks: [Exchange] =
    [
      "0⏎⏎", "000⏎⏎", "00000000000000000000000000⏎⏎", "5⏎hello⏎0⏎⏎", "005⏎hello⏎0⏎⏎",
      "5⏎hello⏎6⏎ world⏎0⏎⏎", "a⏎0123456789⏎0⏎⏎", "A⏎0123456789⏎0⏎⏎",
      "1d⏎GET /id HTTP/1.1⏎Host: b⏎⏎⏎0⏎⏎", "2⏎⏎⏎0⏎⏎", "5⏎0⏎⏎⏎0⏎⏎", "1⏎\u{0}⏎0⏎⏎", "4⏎\r\n\r\n⏎0⏎⏎",
    ].map { .open("9112 §7.1", 404, chunked($0)) }
    + [
      "5;⏎hello⏎0⏎⏎", "5;a⏎hello⏎0⏎⏎", "5;a=b⏎hello⏎0⏎⏎", "5;a=\"b;c\"⏎hello⏎0⏎⏎", "5 ;a⏎hello⏎0⏎⏎",
      "5\t;a⏎hello⏎0⏎⏎", "5; a = b⏎hello⏎0⏎⏎", "5;a;b=c;d⏎hello⏎0;e⏎⏎", "5;a=\"\\\"\"⏎hello⏎0⏎⏎",
      "0;a=b⏎⏎", "5;\u{E9}⏎hello⏎0⏎⏎",
    ].map { .open("9112 §7.1.1", 404, chunked($0)) }
    + [
      "0⏎X: y⏎⏎", "0⏎X: y⏎Z: z⏎⏎", "0⏎X:⏎⏎", "0⏎X: \u{E9}\t⏎⏎", "0⏎Content-Length: 5⏎⏎",
      "0⏎Transfer-Encoding: chunked⏎⏎", "0⏎Host: b⏎⏎", "0⏎Connection: close⏎⏎",
      "5⏎hello⏎0⏎X: y⏎⏎",
    ].map { .open("9112 §7.1.2", 404, chunked($0)) }

  private static let invalidSizes: [Exchange] =
    [
      "⏎", "⏎0⏎⏎", "g⏎", "x5⏎hello⏎0⏎⏎", "0x5⏎hello⏎0⏎⏎", "0X5⏎hello⏎0⏎⏎", "-5⏎hello⏎0⏎⏎",
      "+5⏎hello⏎0⏎⏎", "-0⏎⏎", " 5⏎hello⏎0⏎⏎", "\t5⏎hello⏎0⏎⏎", "5 ⏎hello⏎0⏎⏎", "5\t⏎hello⏎0⏎⏎",
      "5 5⏎hello⏎0⏎⏎", "5,⏎hello⏎0⏎⏎", "5.⏎hello⏎0⏎⏎", "5_⏎hello⏎0⏎⏎", "5h⏎hello⏎0⏎⏎", ";a⏎⏎",
      "\"5\"⏎hello⏎0⏎⏎", "\u{B2}⏎", "5\u{0}⏎hello⏎0⏎⏎", "\u{0}5⏎hello⏎0⏎⏎", "5\u{B}⏎hello⏎0⏎⏎",
      "5\u{A0}⏎hello⏎0⏎⏎", "\u{FF}5⏎hello⏎0⏎⏎", "5:⏎hello⏎0⏎⏎", "5\\⏎hello⏎0⏎⏎",
    ].map { .closed("9112 §7.1", 400, chunked($0)) }
    + [
      "10001⏎", "ffffffff⏎", "100000000⏎hello", "7fffffffffffffff⏎", "8000000000000000⏎",
      "ffffffffffffffff⏎", "10000000000000000⏎", "10000000000000005⏎hello⏎0⏎⏎",
      "fffffffffffffffff⏎", "100000000000000000000000000000005⏎hello⏎0⏎⏎",
    ].map { .closed("9110 §15.5.14", 413, chunked($0)) }

  private static let invalidFraming: [Exchange] =
    [
      "5\nhello\n0\n\n", "5\nhello⏎0⏎⏎", "5⏎hello\n0⏎⏎", "5⏎hello⏎0\n⏎", "5⏎hello⏎0⏎\n",
      "5\rhello⏎0⏎⏎", "5\r\rhello⏎0⏎⏎", "5\r⏎hello⏎0⏎⏎", "5\n⏎hello⏎0⏎⏎", "5⏎hello\r0⏎⏎",
      "5⏎hello0⏎⏎", "5⏎helloX⏎0⏎⏎", "5⏎helloXX0⏎⏎", "5⏎hello\r\r0⏎⏎", "4⏎hello⏎0⏎⏎",
      "6⏎hello⏎0⏎⏎", "5⏎hello⏎⏎0⏎⏎", "5⏎hello ⏎0⏎⏎", "0⏎\rX", "0\r\r", "0⏎\r\r", "0 0⏎⏎", "0\n\n",
    ].map { .closed("9112 §7.1", 400, chunked($0)) }
    + [
      "5;a\nhello⏎0⏎⏎", "5;a\rb⏎hello⏎0⏎⏎", "5;a\r\rhello⏎0⏎⏎", "5;\u{0}⏎hello⏎0⏎⏎",
      "5;a=\u{7F}⏎hello⏎0⏎⏎", "5;a=\"\u{1}\"⏎hello⏎0⏎⏎", "5 a⏎hello⏎0⏎⏎", "5 \n;a⏎hello⏎0⏎⏎",
      "5;a=\"\n\"⏎hello⏎0⏎⏎", "0;a\n⏎", "5\n;a⏎hello⏎0⏎⏎", "5;\n1c⏎hello⏎0⏎⏎",
    ].map { .closed("9112 §7.1.1", 400, chunked($0)) }

  private static let invalidTrailers: [Exchange] =
    [
      "0⏎ X: y⏎⏎", "0⏎\tX: y⏎⏎", "0⏎X : y⏎⏎", "0⏎X⏎⏎", "0⏎: y⏎⏎", "0⏎X: y⏎ z⏎⏎", "0⏎X: y\n⏎",
      "0⏎X: y\n\n", "0⏎X: \u{0}⏎⏎", "0⏎X: a\rb⏎⏎", "0⏎X\u{0}: y⏎⏎", "0⏎X: y\r⏎⏎", "0⏎X y⏎⏎",
      "0⏎X(: y⏎⏎", "0⏎GET /id HTTP/1.1⏎Host: a⏎⏎",
    ].map { .closed("9112 §7.1.2", 400, chunked($0)) }

  private static let chunkLimits: [Exchange] = {
    let half = "8000⏎" + String(repeating: "x", count: 32_768) + "⏎"
    let zeros = String(repeating: "0", count: 70_000)
    return [
      .open("9110 §15.5.14", 404, chunked(half + half + "0⏎⏎")),
      .closed("9110 §15.5.14", 413, chunked(half + half + "1⏎x⏎0⏎⏎")),
      .closed("9110 §15.5.14", 413, chunked(zeros + "⏎⏎")),
      .closed("9112 §7.1.1", 413, chunked("1;" + String(repeating: "a", count: 70_000))),
      .closed("9112 §7.1.1", 413, chunked(String(repeating: "1;aaaaaaa⏎x⏎", count: 9000))),
      .open("9112 §7.1.2", 404, chunked("0⏎X: " + String(repeating: "y", count: 16_000) + "⏎⏎")),
      .closed("6585 §5", 431, chunked("0⏎X: " + String(repeating: "y", count: 17_000) + "⏎⏎")),
      .closed("6585 §5", 431, chunked("0⏎" + String(repeating: "X: y⏎", count: 5000) + "⏎")),
    ]
  }()
}
