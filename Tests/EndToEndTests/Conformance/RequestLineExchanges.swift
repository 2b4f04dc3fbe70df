// RFC 9112 §2.2, §2.3 and §3; methods: RFC 9110 §9.

extension [Exchange] {
  static let requestLines = versions + malformedLines + methods + otherProtocols

  private static func line(_ line: String) -> String { line + "⏎Host: a⏎⏎" }

  private static let versions: [Exchange] = [
    .open("9112 §2.3", 200, line("GET /health HTTP/1.1")),
    .closed("9112 §2.3", 200, line("GET /health HTTP/1.0")),
    .closed("9112 §3.2", 200, "GET /health HTTP/1.0⏎⏎"),
    .open("9110 §2.5", 200, line("GET /health HTTP/1.2")),
    .open("9110 §2.5", 200, line("GET /health HTTP/1.9")),
    .closed("9110 §15.6.6", 505, line("GET /health HTTP/0.9")),
    .closed("9110 §15.6.6", 505, line("GET /health HTTP/0.0")),
    .closed("9110 §15.6.6", 505, line("GET /health HTTP/2.0")),
    .closed("9110 §15.6.6", 505, line("GET /health HTTP/2.1")),
    .closed("9110 §15.6.6", 505, line("GET /health HTTP/3.0")),
    .closed("9110 §15.6.6", 505, line("GET /health HTTP/9.9")),
    .closed("9110 §9.3.2", .head(505), line("HEAD /health HTTP/2.0")),
  ]

  private static let malformedLines: [Exchange] =
    [
      "GET /health HTTP/1", "GET /health HTTP/1.", "GET /health HTTP/.1", "GET /health HTTP/",
      "GET /health HTTP/2", "GET /health HTTP/01.1", "GET /health HTTP/1.01",
      "GET /health HTTP/1.10", "GET /health HTTP/11.1", "GET /health HTTP/1.1.",
      "GET /health HTTP/1.1.1", "GET /health HTTP/1,1", "GET /health HTTP/+1.1",
      "GET /health HTTP/-1.1", "GET /health HTTP/1.-1", "GET /health HTTP/1.x",
      "GET /health HTTP/x.1", "GET /health HTTP/1.\u{B2}", "GET /health HTTP/1. 1",
      "GET /health HTTP/ 1.1", "GET /health HTTP /1.1", "GET /health http/1.1",
      "GET /health Http/1.1", "GET /health HTTPS/1.1", "GET /health HTTP1.1",
      "GET /health XTTP/1.1",
      "GET /health HTTP/1.1 ", "GET /health HTTP/1.1\t", "GET /health HTTP/1.1 x",
      "GET /health HTTP/1.1\u{0}", "GET /health HTTP/1.1\u{B}", "GET /health  HTTP/1.1",
      "GET /health\tHTTP/1.1", "GET  /health HTTP/1.1", "GET\t/health HTTP/1.1",
      " GET /health HTTP/1.1", "\tGET /health HTTP/1.1", "GET /health", "GET /health ", "GET",
      "GET ", "GET HTTP/1.1", " /health HTTP/1.1", "/health HTTP/1.1",
      "GET /hea lth HTTP/1.1", "GET /health?a b HTTP/1.1", "GET /health\u{B}HTTP/1.1",
      "GET /health\u{C}HTTP/1.1", "GET /health\u{A0}HTTP/1.1", "GET\u{B}/health HTTP/1.1",
      "GET /health\rHTTP/1.1", "\rGET /health HTTP/1.1", "GET /health HTTP/1.1\r",
      "GET \r/health HTTP/1.1", "G\rET /health HTTP/1.1",
    ].map { .closed("9112 §3", 400, line($0)) } + [
      .open("9112 §2.2", 200, "⏎" + line("GET /health HTTP/1.1")),
      .open("9112 §2.2", 200, "⏎⏎⏎⏎⏎" + line("GET /health HTTP/1.1")),
      .closed("9112 §2.2", 400, "\n" + line("GET /health HTTP/1.1")),
      .closed("9112 §2.2", 400, "\r" + line("GET /health HTTP/1.1")),
      .closed("9112 §2.2", 400, "⏎ ⏎" + line("GET /health HTTP/1.1")),
      .closed("9112 §2.2", 400, "\u{0}" + line("GET /health HTTP/1.1")),
      .closed("9112 §2.2", 400, "\u{FEFF}" + line("GET /health HTTP/1.1")),
      .closed("9112 §2.2", 400, "GET /health HTTP/1.1\nHost: a⏎⏎"),
      .closed("9112 §2.2", 400, "GET /health HTTP/1.1\nHost: a\n\n"),
      .closed("9112 §2.2", 400, "GET /health HTTP/1.1\rHost: a\r\r"),
      .closed("9112 §2.2", 400, "GET /health HTTP/1.1\r⏎Host: a⏎⏎"),
      .closed("9112 §2.2", 400, "GET /health HTTP/1.1⏎ Host: a⏎⏎"),
      .closed("9112 §2.2", 400, "GET /health HTTP/1.1⏎ ⏎Host: a⏎⏎"),
    ]

  /// Method tokens: case-sensitive; those that are not known are 405 on a known path.
  private static let methods: [Exchange] =
    [
      "get", "Get", "gEt", "head", "G", "GETX", "GE", "POST", "PUT", "DELETE", "PATCH", "TRACE",
      "OPTIONS", "options", "TRACK", "DEBUG", "PURGE", "PROPFIND", "M-SEARCH", "PRI", "QUERY",
      "0", "!#$%&'*+-.^_`|~09azAZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
    ].map { .open("9110 §9.1", 405, line("\($0) /health HTTP/1.1")) }
    + ["POST", "get", "OPTIONS", "TRACE", "DELETE"].map {
      .open("9110 §15.5.5", 404, line("\($0) /nothing HTTP/1.1"))
    }
    + [
      "(GET)", "GET,", "GET:", "G@T", "G/T", "\"GET\"", "[GET]", "{GET}", "G=T", "G;T", "G?T",
      "G\\T", "<GET>", "G\u{0}T", "G\u{7F}T", "G\u{1}T", "G\u{C9}T", "\u{80}GET", "GET\u{B}",
    ].map { .closed("9110 §5.6.2", 400, line("\($0) /health HTTP/1.1")) }
    + [
      .open("9110 §9.3.2", .head(200), line("HEAD /health HTTP/1.1")),
      .open("9110 §9.3.2", .head(200), line("HEAD /id HTTP/1.1")),
      .open("9110 §9.3.2", .head(404), line("HEAD /nothing HTTP/1.1")),
      .closed("9110 §9.3.2", .head(400), "HEAD /health HTTP/1.1⏎⏎"),
      .closed("9110 §9.3.2", .head(400), line("HEAD /a|b HTTP/1.1")),
      .closed("9112 §3", 501, line("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456 /health HTTP/1.1")),
      .closed("9110 §9.3.6", 501, line("CONNECT a:80 HTTP/1.1")),
      .closed("9110 §9.3.6", 501, line("CONNECT [::1]:443 HTTP/1.1")),
      .closed("9110 §9.3.6", 501, "CONNECT a:80 HTTP/1.1⏎Host: a⏎Content-Length: 2⏎⏎hi"),
    ]
    + ["a", "a:", ":80", "/health", "*", "http://a/", "u@a:80", "a:80/", "a:x", "a:99999"].map {
      .closed("9112 §3.2.3", 400, line("CONNECT \($0) HTTP/1.1"))
    }

  /// What other protocols open with ends at once and cleanly.
  private static let otherProtocols: [Exchange] = [
    .closed("9113 §3.4", 505, "PRI * HTTP/2.0⏎⏎SM⏎⏎"),
    .closed("9112 §3", 400, "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}"),
    .closed("9112 §3", 400, "SSH-2.0-OpenSSH_9.2⏎"),
    .closed("9112 §3", 400, "EHLO a⏎"),
    .closed("9112 §3", 400, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2⏎"),
    .closed("9112 §3", 400, "*1⏎$4⏎PING⏎"),
    .closed("9112 §3", 400, "GET /health⏎"),
    .closed("9112 §3", 400, "{\"jsonrpc\": \"2.0\"}\n"),
  ]
}
