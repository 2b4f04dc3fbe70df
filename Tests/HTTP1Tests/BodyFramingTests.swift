import HTTP1
import Testing

/// Where a body ends, RFC 9112 §6: what two parties disagree on is what smuggling lives on.
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

  /// RFC 9110 §8.6: `1*DIGIT`. RFC 9112 §6.3: anything else is an error that cannot be recovered.
  @Test(arguments: [
    "", " ", "-1", "+1", "0x10", "1e3", "1.0", "1 0", "1_000", "a", "1a", "1;", "\"1\"", "'1'",
    "\u{661}", "9223372036854775808",
    "18446744073709551616", "18446744073709551621", "99999999999999999999999999999999",
  ])
  func invalidContentLength(_ value: String) {
    let result = parse(request("Host: x\r\nContent-Length: \(value)\r\n"))
    #expect(result == .failure(.invalidContentLength))
  }

  /// RFC 9112 §6.3 (5): also when they are equal, which is stricter than it must be.
  @Test(arguments: [
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: 0\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nA: b\r\ncontent-LENGTH: 0\r\n",
    "Content-Length: 5\r\nContent-Length: x\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 5,6\r\n",
    "Content-Length: ,5\r\n",
    "Content-Length: 5,\r\n",
  ])
  func repeatedContentLength(_ fields: String) {
    #expect(parse(request("Host: x\r\n" + fields)) == .failure(.repeatedContentLength))
  }

  /// RFC 9112 §6.1: in whichever order, and whatever else is wrong with the coding.
  @Test(arguments: [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
    "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
    "Transfer-Encoding:\r\nContent-Length: 5\r\n",
  ])
  func bothLengths(_ fields: String) {
    for version in ["HTTP/1.0", "HTTP/1.1"] {
      let text = request("Host: x\r\n" + fields, line: "POST /id \(version)")
      #expect(parse(text) == .failure(.contentLengthAndTransferEncoding))
      #expect(splitsThatMatter(Array(text.utf8)) == [])
    }
  }

  /// RFC 9112 §6.1 and §6.3 (4): chunked once, last, and spelled so.
  @Test(arguments: [
    "Transfer-Encoding:\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding: chunkedx\r\n",
    "Transfer-Encoding: chunke\r\n",
    "Transfer-Encoding: \"chunked\"\r\n",
    "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding: chunked identity\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
    "Transfer-Encoding: chunked, chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: chunked, gzip, chunked\r\n",
  ])
  func invalidTransferEncoding(_ fields: String) {
    #expect(parse(request("Host: x\r\n" + fields)) == .failure(.invalidTransferEncoding))
  }

  /// RFC 9112 §6.1: 501 for a coding that is not understood, once chunked says where it ends.
  @Test(arguments: [
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: foo;a=b, chunked\r\n",
  ])
  func unknownTransferCoding(_ fields: String) {
    #expect(parse(request("Host: x\r\n" + fields)) == .failure(.unknownTransferCoding))
  }

  /// RFC 9112 §6.1: HTTP/1.0 has no transfer codings, so such a message is faulty.
  @Test func transferEncodingInHTTP10() {
    let text = request("Host: x\r\nTransfer-Encoding: chunked\r\n", line: "POST /id HTTP/1.0")
    #expect(parse(text) == .failure(.invalidTransferEncoding))
  }
}
