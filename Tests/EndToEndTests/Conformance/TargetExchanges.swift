// RFC 9112 §3.2 and §3.3; URIs: RFC 9110 §4.2 and RFC 3986.

extension [Exchange] {
  static let targets = originForms + absoluteForms + asteriskForms

  private static func get(_ target: String) -> String { "GET \(target) HTTP/1.1⏎Host: a⏎⏎" }

  private static let originForms: [Exchange] =
    [
      "/health?", "/health?a=b", "/health?a?b/c:@!$&'()*+,;=-._~", "/health?a=%20%C3%A9",
      "/%68ealth", "/%68%65%61%6C%74%68", "/%68%65%61%6c%74%68", "/health?%00",
    ].map { .open("9112 §3.2.1", 200, get($0)) }
    + [
      "//health", "/./health", "/../health", "/x/../health", "/health/", "/health/.", "/HEALTH",
      "/Health", "/health%2F", "/%2Fhealth", "/%2568ealth", "/health;a=b", "/health%00",
      "/health%0D%0A", "/health%20", "/%2e%2e/health", "/health%3Fa", "/..", "/~!$&'()*+,;=:@",
    ].map { .open("3986 §6.2.2", 404, get($0)) }
    + [
      "health", "/health#f", "/#", "/\u{0}", "/health\u{0}", "/\u{7F}", "/\u{1}", "/\u{E9}",
      "/\u{FF}", "/a\"b", "/a<b", "/a>b", "/a\\b", "/a^b", "/a`b", "/a{b", "/a}b", "/a|b", "/a[b]",
      "/%", "/%4", "/%zz", "/%4z", "/%%", "/health?%", "/health?%4", "/health?a#f", "/health?a|b",
      "/health?\u{E9}", "/health?\"", "/health?[a]", "%2Fhealth", "\\health", "?a", "#", "./health",
    ].map { .closed("9112 §3.2", 400, get($0)) }

  private static let absoluteForms: [Exchange] =
    [
      "http://a/health", "HTTP://a/health", "hTtP://A.b-C/health", "http://a:80/health",
      "http://a:/health", "http://[::1]:80/health", "http://127.0.0.1/health?x",
      "http://other.example:8080/health", "https://a/health",
    ].map { .open("9112 §3.2.2", 200, get($0)) }
    + [
      "http:///health", "http://", "http:/health", "http:health", "http//a/health", "://a/health",
      "http://u@a/health", "http://u:p@a/health", "http://@a/health",
      "http://a@/health", "http://a:99999/health", "http://a:8x/health", "http://a:80:80/health",
      "http://[::1/health", "http://::1/health", "http://[a]/health", "http://a\\b/health",
      "http://a%/health", "http://a/health#f", "http://:80/health", "http://?x",
      "ftp://a/health", "file:///health", "ws://a/health", "javascript:1", "urn:x", "a:80",
      "httpx://a/health", "http\u{0}://a/health", "http://\u{E9}/health", "http:\\\\a/health",
    ].map { .closed("9110 §4.2", 400, get($0)) } + [
      // RFC 9112 §3.2.2: the Host that comes with it is still checked.
      .closed("9112 §3.2", 400, "GET http://a/health HTTP/1.1⏎⏎"),
      .closed("9112 §3.2", 400, "GET http://a/health HTTP/1.1⏎Host: a⏎Host: a⏎⏎"),
      .closed("9112 §3.2", 400, "GET http://a/health HTTP/1.1⏎Host: a b⏎⏎"),
      .open("9112 §3.2.2", 200, "GET http://a/health HTTP/1.1⏎Host: b⏎⏎"),
      .closed("9112 §3.2.2", 200, "GET http://a/health HTTP/1.0⏎⏎"),
      .open("9112 §3.2.2", 405, "POST http://a/health HTTP/1.1⏎Host: a⏎⏎"),
    ]

  private static let asteriskForms: [Exchange] = [
    .open("9112 §3.2.4", 200, "OPTIONS * HTTP/1.1⏎Host: a⏎⏎"),
    .open("9112 §3.2.4", 200, "OPTIONS http://a HTTP/1.1⏎Host: a⏎⏎"),
    .open("9112 §3.2.4", 200, "OPTIONS http://a:8080 HTTP/1.1⏎Host: a⏎⏎"),
    .open("9110 §9.3.7", 200, "OPTIONS * HTTP/1.1⏎Host: a⏎Content-Length: 2⏎⏎hi"),
    .closed("9112 §3.2", 400, "OPTIONS * HTTP/1.1⏎⏎"),
    .closed("9112 §3.2.4", 400, "OPTIONS ** HTTP/1.1⏎Host: a⏎⏎"),
    .closed("9112 §3.2.4", 400, "OPTIONS *?a HTTP/1.1⏎Host: a⏎⏎"),
    .closed("9112 §3.2.4", 400, "OPTIONS */health HTTP/1.1⏎Host: a⏎⏎"),
    .closed("9112 §3.2.4", 400, "GET * HTTP/1.1⏎Host: a⏎⏎"),
    .closed("9112 §3.2.4", .head(400), "HEAD * HTTP/1.1⏎Host: a⏎⏎"),
    .closed("9112 §3.2.4", 400, "options * HTTP/1.1⏎Host: a⏎⏎"),
  ]
}
