import HTTP1
import Testing

/// `Host`, RFC 9112 §3.2 and RFC 9110 §7.2.
struct AuthorityTests {
  @Test(arguments: [
    "", "x", "X", "example.org", "example.org.", "example.org:", "example.org:80", "x:0",
    "x:65535", "x:00080", "127.0.0.1", "127.0.0.1:8080", "1.2.3.4.5", "[::]", "[::1]", "[::1]:80",
    "[2001:DB8::ff00:42:8329]", "[::ffff:192.0.2.1]:8080", "a_b", "a-b.c~d",
    "xn--bcher-kva.example",
    "%41", "%e4", "a!$&'()*+,;=", "*",
  ])
  func valid(_ host: String) throws {
    let head = try parsedHead(request("Host: \(host)\r\n"))
    #expect(head.fields.contains(.host))
  }

  @Test(arguments: [
    ":", ":80", "x:a", "x:-1", "x:+80", "x:80a", "x: 80", "x:65536", "x:99999999999999999999",
    "x:80:80", "::1", "1:2:3", "[", "]", "[]", "[]:80", "[::1", "::1]", "[::1]x", "[::1]]",
    "[::1]80", "[::g]", "[1.2.3.4]", "[::1%25eth0]", "[v1.x]", "[::1]:65536", "[x]",
    "[:::1]", "[1:2:3:4:5:6:7:8:9]", "[::1 ]", "a b", "a\tb", "x, y", "user@x", "@x", "x@",
    "user:password@x", "x/", "/", "x?q", "x#f", "http://x", "x\\y", "\"x\"", "<x>", "x|y", "x^y",
    "x`", "{x}", "%", "%4", "%zz", "x%", "x\u{E9}", "\u{2603}",
  ])
  func invalid(_ host: String) {
    #expect(parse(request("Host: \(host)\r\n")) == .failure(.invalidHost))
  }

  @Test func required() throws {
    #expect(parse(request("")) == .failure(.missingHost))
    #expect(parse(request("", line: "GET http://x/id HTTP/1.1")) == .failure(.missingHost))
    #expect(parse(request("", line: "GET /id HTTP/1.2")) == .failure(.missingHost))
    #expect(try !parsedHead(request("", line: "GET /id HTTP/1.0")).fields.contains(.host))
  }

  /// Also in HTTP/1.0, and also where the target overrides it.
  @Test(arguments: ["GET /id HTTP/1.0", "GET http://x/id HTTP/1.1"])
  func checkedWhereverItStands(_ line: String) {
    #expect(parse(request("Host: a b\r\n", line: line)) == .failure(.invalidHost))
    #expect(parse(request("Host: x\r\nHost: x\r\n", line: line)) == .failure(.repeatedHost))
  }
}
