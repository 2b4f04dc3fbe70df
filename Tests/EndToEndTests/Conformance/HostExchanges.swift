// RFC 9112 §3.2 and RFC 9110 §7.2: exactly one Host, and a valid one.

extension [Exchange] {
  static let hosts = validHosts + invalidHosts + hostLines

  private static func host(_ value: String) -> String { "GET /health HTTP/1.1⏎Host:\(value)⏎⏎" }

  private static let validHosts: [Exchange] =
    [
      " a", "a", "  a  ", "\ta\t", " a:80", " a:", " a:0", " a:65535", " A.b-C.example.",
      " 127.0.0.1", " 127.0.0.1:8080", " 999.1.1.1", " [::1]", " [::1]:80", " [::]",
      " [2001:DB8::1]:8080", " [::ffff:192.0.2.1]", " a_b", " xn--bcher-kva.example", " a%41",
      " a~b", " a!$&'()*+;=b", " localhost", "",
    ].map { .open("9110 §7.2", 200, host($0)) }

  private static let invalidHosts: [Exchange] =
    [
      " a b", " a\tb", " a, b", " a/", " a/b", " /", " http://a", " http://a/", " u@a", " @a",
      " a@",
      " u:p@a:80", " a:b", " a:80:80", " a::", " a:-1", " a:+80", " a:65536",
      " a:99999999999999999999", " a:8 0", " a :80", " a: 80", " a:0x50", " :", " :80", " [", " ]",
      " []", " [::1", " ::1]", " ::1", " [::1]x", " [::1]80", " [::1]:x", " [::1]:80:80",
      " [[::1]]",
      " [g::1]", " [1]", " [127.0.0.1]", " [::1::]", " [1:2:3:4:5:6:7:8:9]", " [::1 ]", " [a]",
      " a[::1]", " a?b", " a#b", " a\\b", " a\"b", " \"a\"", " <a>", " a^b", " a`b", " a{b}",
      " a|b",
      " a%", " a%4", " a%zz", " a%%41", " \u{E9}", " a\u{FF}", " a\u{0}", " \u{0}a", " a\u{1}",
      " a\u{7F}", " a\u{B}", " a\rb", " a\r",
    ].map { .closed("9110 §7.2", 400, host($0)) }

  private static let hostLines: [Exchange] =
    [
      "", "X-Host: a⏎", "Host1: a⏎", "Host: a⏎Host: a⏎", "Host: a⏎Host: b⏎", "Host: a⏎Host:⏎",
      "Host:⏎Host: a⏎", "Host: a⏎X: y⏎hOST: a⏎", "Host : a⏎", "Host\t: a⏎", " Host: a⏎",
      "Host: a⏎ b⏎", "Host: a⏎\tb⏎", "Host:⏎ a⏎", "Host a⏎", "Host⏎", "H\u{0}st: a⏎",
      "Host\u{0}: a⏎", "Host: a⏎Host : b⏎", "Host: a⏎ Host: b⏎", "Host: a\nX: y⏎",
      "Host: a\rHost: b⏎",
    ].map { .closed("9112 §3.2", 400, "GET /health HTTP/1.1⏎\($0)⏎") } + [
      .open("9110 §5.1", 200, "GET /health HTTP/1.1⏎hOsT: a⏎⏎"),
      .open("9110 §5.3", 200, "GET /health HTTP/1.1⏎X: y⏎HOST: a⏎Z: z⏎⏎"),
      .open("9110 §7.2", 200, "GET /health HTTP/1.1⏎X-Forwarded-Host: a b⏎Host: a⏎⏎"),
      .closed("9112 §3.2", 400, "GET /health HTTP/1.2⏎⏎"),
      .closed("9112 §3.2", 400, "GET /health HTTP/1.0⏎Host: a⏎Host: a⏎⏎"),
      .closed("9112 §3.2", 400, "GET /health HTTP/1.0⏎Host: a b⏎⏎"),
      .closed("9112 §3.2", 400, "POST /nothing HTTP/1.1⏎Content-Length: 2⏎⏎hi"),
      .closed("9112 §3.2", 400, "CONNECT a:80 HTTP/1.1⏎⏎"),
      .closed("9110 §9.3.2", .head(400), "HEAD /health HTTP/1.1⏎Host: a/b⏎⏎"),
    ]
}
