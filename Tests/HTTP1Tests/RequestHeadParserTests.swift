import HTTP1
import Testing

struct RequestHeadParserTests {
  /// Heads that are right, each of something that can make one hard to read.
  static let validHeads = [
    request("Host: x\r\n"),
    request("", line: "GET / HTTP/1.0"),
    request("Host:\r\n"),
    request("host:x\r\nAccept:\t a , b \t\r\nX-Empty:\r\nX-Spaces:   \r\n"),
    request("Host: [::1]:8080\r\nConnection: close\r\n", line: "HEAD /health?a=b HTTP/1.1"),
    request("Host: x\r\nContent-Length: 12\r\n", line: "POST /id HTTP/1.1"),
    request("Transfer-Encoding: chunked\r\nHost: x\r\n", line: "PUT /id HTTP/1.1"),
    request("Host: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", line: "POST / HTTP/1.1"),
    request("Host: x\r\n", line: "OPTIONS * HTTP/1.1"),
    request("Host: x\r\n", line: "CONNECT example.org:443 HTTP/1.1"),
    request("Host: y\r\n", line: "GET http://x:80/%41?%42 HTTP/1.9"),
    request("Host: x\r\nX-Text: \u{E9}\u{2028}\u{1F600}\r\n"),
    request("Host: x\r\n!#$%&'*+-.^_`|~09azAZ: every token character\r\n", line: "M-!~ / HTTP/1.1"),
    request("Host: x\r\n" + (1...99).map { "F\($0): \($0)\r\n" }.joined()),
  ]

  @Test(arguments: validHeads)
  func everyPrefixIsIncomplete(_ text: String) {
    let bytes = Array(text.utf8)
    for end in 0..<bytes.count {
      #expect(parse(Array(bytes[..<end])) == .success(.incomplete), "first \(end) bytes")
    }
  }

  @Test(arguments: validHeads)
  func splitsDoNotMatter(_ text: String) {
    #expect(splitsThatMatter(Array(text.utf8)) == [])
    #expect(splitsThatMatter(Array((text + text).utf8)) == [])
  }

  /// The head ends where it ends, whatever follows.
  @Test(arguments: validHeads, ["", "\r", "\r\n", "GET", "\u{0}", "GET / HTTP/1.1\r\n\r\n"])
  func consumesTheHeadOnly(_ text: String, _ rest: String) throws {
    guard case .complete(let head, let consumed) = try parse(text + rest).get() else {
      Issue.record("incomplete")
      return
    }
    #expect(consumed == text.utf8.count)
    #expect(parse(text) == .success(.complete(head, consumed: consumed)))
  }

  /// Ranges count from the first byte parsed, in which the field lines lie.
  @Test func fieldLines() throws {
    let text = request("Host: x\r\nA: 1\r\nB:\r\na:  2 \r\n")
    let head = try parsedHead(text)
    let bytes = Array(text.utf8)
    #expect(bytes.reading { $0.text(in: head.fieldLines) } == "Host: x\r\nA: 1\r\nB:\r\na:  2 \r\n")
    func values(_ name: StaticString) -> [String] {
      var values: [String] = []
      head.forEachValue(of: name, in: bytes.span) { values.append(bytes.span.text(in: $0)) }
      return values
    }
    #expect(values("a") == ["1", "2"])
    #expect(values("b") == [""])
    #expect(values("host") == ["x"])
    #expect(values("hos") == [])
    #expect(values("c") == [])
  }

  // MARK: - Bytes that cannot become a head

  /// Refused as soon as they are seen, not only when a line or a limit has come to its end.
  @Test(arguments: [
    ("\u{16}\u{3}\u{1}", RequestError.invalidMethod),  // TLS, RFC 8446 §5.1
    ("\u{5}\u{1}\u{0}", .invalidMethod),  // SOCKS 5, RFC 1928 §3
    ("\u{0}", .invalidMethod),
    ("\u{E9}", .invalidMethod),
    ("{\"id\"", .invalidMethod),
    ("\rG", .invalidMethod),
    (String(repeating: "A", count: 33), .methodTooLong),
  ])
  func otherProtocols(_ text: String, _ expected: RequestError) {
    #expect(parse(text) == .failure(expected))
    #expect(splitsThatMatter(Array((text + " / HTTP/1.1\r\nHost: x\r\n\r\n").utf8)) == [])
  }

  @Test func longestMethod() throws {
    let method = String(repeating: "A", count: 32)
    #expect(try parsedHead(request("Host: x\r\n", line: "\(method) / HTTP/1.1")).method == .other)
  }

  // MARK: - Limits

  static let limits = HeadLimits(targetBytes: 20, headBytes: 120, fieldCount: 3)

  static let atLimits = [
    request("Host: x\r\n", line: "GET /\(String(repeating: "a", count: 19)) HTTP/1.1"),
    request("Host: x\r\nA: 1\r\nB: 2\r\n"),
    request("Host: x\r\nA: \(String(repeating: "a", count: 120 - 34))\r\n"),
    request("Host: x\r\n", line: "OPTIONS http://abcdefghijklm HTTP/1.1"),
  ]

  @Test(arguments: atLimits)
  func exactlyAtALimit(_ text: String) throws {
    let result = parse(text, limits: Self.limits)
    guard case .complete = try result.get() else {
      Issue.record("\(result)")
      return
    }
    #expect(splitsThatMatter(Array((text + "GET").utf8), limits: Self.limits) == [])
  }

  static let pastLimits: [(String, RequestError)] = [
    (
      request("Host: x\r\n", line: "GET /\(String(repeating: "a", count: 20)) HTTP/1.1"),
      .targetTooLong
    ),
    ("GET /\(String(repeating: "a", count: 20))", .targetTooLong),
    ("GET /\(String(repeating: " ", count: 120))", .headTooLarge),
    (request("Host: x\r\nA: 1\r\nB: 2\r\nC: 3\r\n"), .tooManyFields),
    (request("Host: x\r\nA: \(String(repeating: "a", count: 121 - 34))\r\n"), .headTooLarge),
    (request("Host: x\r\nA: \(String(repeating: "a", count: 300))\r\n"), .headTooLarge),
    ("GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 101), .headTooLarge),
    // What comes first is what is said.
    (request("A\r\nB: 1\r\nC: 2\r\nD: 3\r\n"), .invalidFieldName),
    ("GET / HTTP/1.1\r\nA\r\nB: " + String(repeating: "a", count: 300), .invalidFieldName),
  ]

  @Test(arguments: pastLimits)
  func onePastALimit(_ text: String, _ expected: RequestError) {
    #expect(parse(text, limits: Self.limits) == .failure(expected))
    #expect(splitsThatMatter(Array(text.utf8), limits: Self.limits) == [])
  }

  @Test func defaultLimits() {
    #expect(HeadLimits() == HeadLimits(targetBytes: 8192, headBytes: 16_384, fieldCount: 100))
  }

  /// The contract's limits: one less than, exactly, and one more than each.
  @Test(arguments: [-1, 0, 1])
  func contractsLimits(_ excess: Int) {
    let target = "/" + String(repeating: "a", count: 8191 + excess)
    expect(request("Host: x\r\n", line: "GET \(target) HTTP/1.1"), excess, .targetTooLong)
    let value = String(repeating: "a", count: 16_384 - 34 + excess)
    expect(request("Host: x\r\nA: \(value)\r\n"), excess, .headTooLarge)
    let fields = String(repeating: "A: b\r\n", count: 99 + excess)
    expect(request("Host: x\r\n" + fields), excess, .tooManyFields)
  }

  private func expect(_ text: String, _ excess: Int, _ error: RequestError) {
    let bytes = Array(text.utf8)
    let whole = parse(bytes)
    if excess > 0 {
      #expect(whole == .failure(error))
    } else {
      #expect((try? whole.get()) != nil && whole != .success(.incomplete))
    }
    #expect(parse(bytes, upTo: 0...bytes.count) == whole, "byte by byte")
  }
}
