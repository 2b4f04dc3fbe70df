import HTTP1
import Testing

/// Where a body ends, RFC 9112 §6. Requests are smuggled where two parties disagree on it.
struct BodyFramingTests {
  typealias Body = RequestHead.Body

  @Test(arguments: [
    ("", Body.none),
    ("Content-Length: 0\r\n", .none),
    ("Content-Length: 000\r\n", .none),
    ("Content-Length: 1\r\n", .length(1)),
    ("content-length:\t42 \r\n", .length(42)),
    ("Content-Length: 0042\r\n", .length(42)),
    ("Content-Length: 9223372036854775807\r\n", .length(.max)),
    ("Transfer-Encoding: chunked\r\n", .chunked),
    ("transfer-encoding:CHUNKED\t\r\n", .chunked),
    ("Transfer-Encoding: , chunked ,\r\n", .chunked),
    ("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", .chunked),
    ("Content-Lengths: 5\r\nX-Content-Length: 6\r\nContent_Length: 7\r\n", .none),
    ("X-Transfer-Encoding: chunked\r\nTransfer_Encoding: chunked\r\n", .none),
  ])
  func body(_ fields: String, _ expected: Body) throws {
    let text = request("Host: x\r\n" + fields, line: "POST /id HTTP/1.1")
    #expect(try parsedHead(text).body == expected)
    #expect(splitsThatMatter(Array(text.utf8)) == [])
  }

  /// Fields that leave open where the body ends, and the errors that say so.
  static let refused: [(RequestError, [String])] = [
    // RFC 9110 §8.6: `1*DIGIT`. RFC 9112 §6.3: anything else is an error without recovery.
    (
      .invalidContentLength,
      [
        "", " ", "-1", "+1", "0x10", "1e3", "1.0", "1 0", "1_000", "a", "1a", "1;", "\"1\"", "'1'",
        "\u{661}", "9223372036854775808", "18446744073709551616", "18446744073709551621",
        "99999999999999999999999999999999",
      ].map { "Content-Length: \($0)\r\n" }
    ),
    // RFC 9112 §6.3 (5). Equal values are refused as well, which is stricter than it must be.
    (
      .repeatedContentLength,
      ["5, 5", "5,6", ",5", "5,"].map { "Content-Length: \($0)\r\n" }
        + ["5", "6", "x"].map { "Content-Length: 5\r\nContent-Length: \($0)\r\n" } + [
          "Content-Length: 0\r\nContent-Length: 5\r\n",
          "Content-Length: 5\r\nA: b\r\ncontent-LENGTH: 0\r\n",
        ]
    ),
    // RFC 9112 §6.1 and §6.3 (4): `chunked` must be there once, and last.
    (
      .invalidTransferEncoding,
      [
        "identity", "gzip", "xchunked", "chunkedx", "chunke", "\"chunked\"", "chunked;q=1",
        "chunked identity", "chunked, identity", "chunked, gzip", "chunked, chunked",
        "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: identity",
        "chunked, gzip, chunked",
      ].map { "Transfer-Encoding: \($0)\r\n" } + ["Transfer-Encoding:\r\n"]
    ),
    // RFC 9112 §6.1: 501 for an unknown coding, if `chunked` says where the body ends.
    (
      .unknownTransferCoding,
      ["gzip, chunked", "identity\r\nTransfer-Encoding: chunked", "foo;a=b, chunked"].map {
        "Transfer-Encoding: \($0)\r\n"
      }
    ),
  ]

  @Test(arguments: refused)
  func isRefused(_ error: RequestError, _ fields: [String]) {
    for fields in fields { expectRefused(request("Host: x\r\n" + fields), error, "§6") }
  }

  /// RFC 9112 §6.1: in either order, and whatever else is wrong with the coding.
  @Test(
    arguments: [
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
      "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
      "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
      "Transfer-Encoding:\r\nContent-Length: 5\r\n",
    ], ["HTTP/1.0", "HTTP/1.1"])
  func bothLengths(_ fields: String, _ version: String) {
    let text = request("Host: x\r\n" + fields, line: "POST /id \(version)")
    expectRefused(text, .contentLengthAndTransferEncoding, "§6.1")
  }

  /// RFC 9112 §6.1: HTTP/1.0 has no transfer codings, so such a message is faulty.
  @Test func transferEncodingInHTTP10() {
    let text = request("Host: x\r\nTransfer-Encoding: chunked\r\n", line: "POST /id HTTP/1.0")
    #expect(parse(text) == .failure(.invalidTransferEncoding))
  }
}
