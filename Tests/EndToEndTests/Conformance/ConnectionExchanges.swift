// RFC 9112 §9: what stays open, what closes, and requests one behind the other.

extension [Exchange] {
  static let connections = options + pipelines

  private static func get(_ fields: String, version: String = "1.1") -> String {
    "GET /health HTTP/\(version)⏎Host: a⏎\(fields)⏎⏎"
  }

  private static let options: [Exchange] =
    [
      "close", "Close", "CLOSE", " close ", "\tclose", "keep-alive, close", "close, keep-alive",
      "x,close", ",close,", "close,close", "x⏎Connection: close", "close⏎Connection: keep-alive",
      "TE, close, Upgrade",
    ].map { .closed("9112 §9.6", 200, get("Connection: \($0)")) }
    + [
      "", "keep-alive", "Keep-Alive", "x", "closed", "xclose", "clos", "\"close\"", "close;a",
      "Upgrade", "Host", "Content-Length", "close/1", "c lose",
    ].map { .open("9112 §9.3", 200, get("Connection: \($0)")) }
    + ["keep-alive", "Keep-Alive", "x, KEEP-ALIVE", "x⏎Connection: keep-alive"].map {
      .open("9112 §9.3", 200, get("Connection: \($0)", version: "1.0"))
    }
    + ["", "x", "close", "keep-alive, close", "close⏎Connection: keep-alive", "keep-alives"].map {
      .closed("9112 §9.3", 200, get("Connection: \($0)", version: "1.0"))
    }

  private static let pipelines: [Exchange] = {
    let health = "GET /health HTTP/1.1⏎Host: a⏎⏎"
    let head = "HEAD /health HTTP/1.1⏎Host: a⏎⏎"
    let nothing = "GET /nothing HTTP/1.1⏎Host: a⏎⏎"
    let post = "POST /health HTTP/1.1⏎Host: a⏎Content-Length: 5⏎⏎hello"
    let chunked = "PUT /health HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎2⏎hi⏎0⏎X: y⏎⏎"
    let bad = "GET /health HTTP/1.1⏎⏎"
    let last = "GET /health HTTP/1.1⏎Host: a⏎Connection: close⏎⏎"
    func open(_ due: [Exchange.Due], _ request: String) -> Exchange {
      Exchange("9112 §9.3.2", request, due, staysOpen: true)
    }
    func closed(_ due: [Exchange.Due], _ request: String) -> Exchange {
      Exchange("9112 §9.6", request, due, staysOpen: false)
    }
    return [
      open([200, 404, 405], health + nothing + post),
      open([.head(200), 200, .head(200), 404], head + health + head + nothing),
      open([405, 405, 200, 405], post + chunked + health + post),
      open([200, 200], health + "⏎⏎" + health),
      open([405, 200], post + "⏎" + health),
      open([405, 200], chunked + "⏎" + health),
      open([Exchange.Due](repeating: 200, count: 2000), String(repeating: health, count: 2000)),
      closed([200, 400], health + bad + health),
      closed([.head(200), 400], head + bad),
      closed([200, 200], health + last + health + health),
      closed([405, 200], post + last + bad),
      closed([400], bad + health + health),
      closed([405, 400], chunked + "\n" + health),
      closed([200, 501], health + "CONNECT a:80 HTTP/1.1⏎Host: a⏎⏎" + health),
      closed([200, 505], health + "PRI * HTTP/2.0⏎⏎SM⏎⏎" + health),
      closed([200, 200], health + "GET /health HTTP/1.0⏎⏎" + health),
    ]
  }()
}

// MARK: - The sizes that are allowed, to the byte

extension [Exchange] {
  static let limits: [Exchange] = targetLimits + headLimits

  private static let targetLimits: [Exchange] = {
    func target(_ count: Int, _ prefix: String = "/health?", method: String = "GET") -> String {
      let fill = String(repeating: "x", count: count - prefix.count)
      return "\(method) \(prefix)\(fill) HTTP/1.1⏎Host: a⏎⏎"
    }
    return [
      .open("9110 §15.5.15", 200, target(8192)),
      .closed("9110 §15.5.15", 414, target(8193)),
      .closed("9110 §15.5.15", 414, target(60_000)),
      .closed("9110 §15.5.15", 414, target(1_000_000)),
      .open("9110 §15.5.15", 200, target(8192, "http://a/health?")),
      .closed("9110 §15.5.15", 414, target(8193, "http://a/health?")),
      .closed("9110 §9.3.2", .head(414), target(8193, method: "HEAD")),
      .closed("9110 §15.5.15", 414, "GET /" + String(repeating: "x", count: 9000)),
    ]
  }()

  private static let headLimits: [Exchange] = {
    /// A whole head of exactly this many bytes.
    func head(_ count: Int, method: String = "GET") -> String {
      let rest = "\(method) /health HTTP/1.1⏎Host: a⏎X: ⏎⏎"
      let fill = String(repeating: "x", count: count - Exchange.bytes(rest).count)
      return rest.replacing("X: ", with: "X: " + fill)
    }
    func fields(_ count: Int) -> String {
      "GET /health HTTP/1.1⏎Host: a⏎\(String(repeating: "X: y⏎", count: count - 1))⏎"
    }
    return [
      .open("6585 §5", 200, head(16_384)),
      .closed("6585 §5", 431, head(16_385)),
      .closed("6585 §5", 431, head(16_386)),
      .closed("6585 §5", 431, head(1_000_000)),
      .closed("6585 §5", .head(431), head(16_385, method: "HEAD")),
      .closed("6585 §5", 431, "GET /health HTTP/1.1⏎" + String(repeating: "x", count: 17_000)),
      .open("6585 §5", 200, fields(100)),
      .closed("6585 §5", 431, fields(101)),
      .closed("6585 §5", 431, fields(2000)),
      .open("9112 §2.2", 200, String(repeating: "⏎", count: 10_000) + head(16_384)),
    ]
  }()
}
