import HTTP1
import Testing

struct HTTPRequestTests {
  private func text(_ request: HTTPRequest) throws -> String {
    let host = try #require(HostField(host: "etcd", port: 2379))
    return written { $0.append(request, host: host, userAgent: "idgen/1") }
  }

  @Test(
    arguments: [
      (.get, []), (.delete, []), (.head, []), (.post, ["Content-Length: 0"]),
      (.put, ["Content-Length: 0"]),
    ] as [(HTTPRequest.Method, [String])])
  func withoutBody(_ method: HTTPRequest.Method, _ fields: [String]) throws {
    let lines =
      ["\(method.rawValue) /a?b=c HTTP/1.1", "Host: etcd:2379", "User-Agent: idgen/1"]
      + fields + ["", ""]
    #expect(
      try text(HTTPRequest(method: method, target: "/a?b=c")) == lines.joined(separator: "\r\n"))
  }

  @Test func withAll() throws {
    let request = try HTTPRequest(
      method: .post, target: "/v3/kv/txn", authorization: "token.1",
      contentType: "application/json", body: Array("{}".utf8))
    #expect(
      try text(request) == """
        POST /v3/kv/txn HTTP/1.1\r\nHost: etcd:2379\r\nUser-Agent: idgen/1\r
        Authorization: token.1\r
        Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}
        """)
  }

  /// The other half understands what this half writes.
  @Test(arguments: HTTPRequest.Method.allCases, ["", "hello"])
  func isUnderstood(_ method: HTTPRequest.Method, _ body: String) throws {
    let request = try HTTPRequest(
      method: method, target: "/", authorization: "x", body: Array(body.utf8))
    let text = try text(request)
    let head = try parsedHead(text)
    #expect(head.body == (body.isEmpty ? .none : .length(5)))
    #expect(head.fields.contains(.host))
  }

  @Test(arguments: [
    "", "*", "a", "http://a/", "/a b", "/a\r\nX: y", "/a\n", "/\u{0}", "/#a", "/\u{E9}", "/%",
    "/%g0",
  ])
  func invalidTarget(_ target: String) {
    #expect(throws: HTTPRequest.InvalidValue.target) { try HTTPRequest(target: target) }
  }

  @Test(arguments: ["", " ", " a", "a\t", "a\r\nX: y", "a\rb", "a\n", "\u{0}", "a\u{7F}"])
  func invalidFieldValue(_ value: String) {
    #expect(throws: HTTPRequest.InvalidValue.authorization) {
      try HTTPRequest(target: "/", authorization: value)
    }
    #expect(throws: HTTPRequest.InvalidValue.contentType) {
      try HTTPRequest(target: "/", contentType: value)
    }
  }

  @Test(
    arguments: [
      ("127.0.0.1", "127.0.0.1:80"), ("a-b_c.example", "a-b_c.example:80"), ("::1", "[::1]:80"),
      ("fe80::1%eth0", "[fe80::1]:80"), ("", nil), ("a b", nil), ("a\r\nX: y", nil), ("a/b", nil),
      ("user@a", nil), ("[::1]", nil), ("a:80", nil), ("::\r\n", nil), ("\u{E9}", nil),
    ] as [(String, String?)])
  func host(_ host: String, _ value: String?) throws {
    let field = HostField(host: host, port: 80)
    let request = try HTTPRequest(target: "/")
    #expect(
      field.map { field in written { $0.append(request, host: field, userAgent: "idgen/1") } }
        == value.map { "GET / HTTP/1.1\r\nHost: \($0)\r\nUser-Agent: idgen/1\r\n\r\n" })
  }
}
