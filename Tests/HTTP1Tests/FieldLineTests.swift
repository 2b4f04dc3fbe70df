import HTTP1
import Testing

struct FieldLineTests {
  static let invalidFields: [(RequestError, String, [String])] = [
    (.invalidFieldName, "RFC 9112 §5", ["A\r\n", ": x\r\n", ":\r\n"]),
    (.invalidFieldName, "RFC 9112 §5.1", ["A : x\r\n", "A\t: x\r\n"]),
    (
      .invalidFieldName, "RFC 9110 §5.1",
      ["A B: x\r\n", "A(B): x\r\n", "\"A\": x\r\n", "A\u{0}: x\r\n", "\u{C9}: x\r\n"]
    ),
    (.invalidFieldName, "RFC 9112 §2.2", ["A\rB: x\r\n", "\r\r\n"]),
    (.lineFolding, "RFC 9112 §2.2 and §5.2", [" A: x\r\n"]),
    (.lineFolding, "RFC 9112 §5.2", ["A: x\r\n y\r\n", "A: x\r\n\ty\r\n", "A:\r\n \r\n"]),
    (.invalidFieldValue, "RFC 9112 §2.2", ["A: x\ry\r\n", "A: x\r\r\n"]),
    (
      .invalidFieldValue, "RFC 9110 §5.5",
      ["A: \u{0}\r\n", "A: x\u{1B}[31m\r\n", "A: x\u{B}\r\n", "A: \u{7F}\r\n"]
    ),
    (.bareLineFeed, "RFC 9112 §2.2", ["A: x\n", "A: x\nB: y\r\n", "\n", "A: x\r\n\n"]),
    (.repeatedHost, "RFC 9112 §3.2", ["Host: x\r\n", "host: y\r\n", "HOST:\r\n"]),
    (
      .unknownExpectation, "RFC 9110 §10.1.1",
      ["Expect: x\r\n", "Expect: 100-continue, x\r\n", "Expect: 100-continue=y\r\n"]
    ),
  ]

  /// After a valid `Host`, so that it is the field itself that is refused.
  @Test(arguments: invalidFields)
  func invalidField(_ error: RequestError, _ section: String, _ fields: [String]) {
    for fields in fields { expectRefused(request("Host: x\r\n" + fields), error, section) }
  }

  /// Only these bytes may stand in a value: RFC 9110 §5.5.
  @Test func everyByteInAValue() {
    for byte in UInt8.min ... .max where byte != UInt8(ascii: "\n") {
      var bytes = Array("GET / HTTP/1.1\r\nHost: x\r\nA: b".utf8)
      bytes.append(byte)
      bytes.append(contentsOf: "c\r\n\r\n".utf8)
      let isAllowed = byte == 0x09 || 0x20...0x7E ~= byte || byte >= 0x80
      #expect((parse(bytes) != .failure(.invalidFieldValue)) == isAllowed, "\(byte)")
    }
  }

  /// Only these bytes may stand in a name: `tchar`, RFC 9110 §5.6.2.
  @Test func everyByteInAName() {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    for byte in UInt8.min ... .max where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: ":") {
      var bytes = Array("GET / HTTP/1.1\r\nHost: x\r\nA".utf8)
      bytes.append(byte)
      bytes.append(contentsOf: "B: c\r\n\r\n".utf8)
      let isAllowed =
        marks.contains(byte) || 0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte
      #expect((parse(bytes) != .failure(.invalidFieldName)) == isAllowed, "\(byte)")
    }
  }

  // MARK: - Connection, RFC 9112 §9.3

  static let persistence: [(String, Bool, [String])] = [
    (
      "HTTP/1.1", true,
      [
        "", "Connection: keep-alive\r\n", "Connection: closed, close2, \"close\"\r\n",
        "Connection: upgrade, HTTP2-Settings\r\n", "Connection:\r\n", "Proxy-Connection: close\r\n",
      ]
    ),
    (
      "HTTP/1.1", false,
      [
        "Connection: close\r\n", "connection:CLOSE\r\n", "Connection: foo, ,\tclose ,bar\r\n",
        "Connection: keep-alive\r\nConnection: close\r\n",
        "Connection: close\r\nConnection: keep-alive\r\n",
      ]
    ),
    ("HTTP/1.7", true, [""]),
    ("HTTP/1.0", false, ["", "Connection: keep-alive, close\r\n", "Keep-Alive: timeout=5\r\n"]),
    ("HTTP/1.0", true, ["Connection: Keep-Alive\r\n", "Connection: x,keep-alive\r\n"]),
  ]

  @Test(arguments: persistence)
  func connection(_ version: String, _ isPersistent: Bool, _ fields: [String]) throws {
    for fields in fields {
      let head = try parsedHead(request("Host: x\r\n" + fields, line: "GET /id \(version)"))
      #expect(head.isPersistent == isPersistent, "\(fields.debugDescription)")
    }
  }

  // MARK: - Expect, RFC 9110 §10.1.1

  @Test(arguments: [
    ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 1\r\n", true),
    ("HTTP/1.1", "expect:100-CONTINUE \r\nTransfer-Encoding: chunked\r\n", true),
    ("HTTP/1.1", "Expect: , 100-continue,\r\nContent-Length: 1\r\n", true),
    ("HTTP/1.1", "Expect: 100-continue\r\n", false),
    ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", false),
    ("HTTP/1.1", "Expect:\r\nContent-Length: 1\r\n", false),
    ("HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n", false),
    ("HTTP/1.0", "Expect: something-else\r\nContent-Length: 1\r\n", false),
  ])
  func expectsContinue(_ version: String, _ fields: String, _ expected: Bool) throws {
    let head = try parsedHead(request("Host: x\r\n" + fields, line: "POST /id \(version)"))
    #expect(head.expectsContinue == expected)
  }

  @Test(arguments: [
    ("Accept: a\r\n", true), ("ACCEPT:\r\n", true), ("Accept-Language: a\r\n", false),
  ])
  func accept(_ field: String, _ expected: Bool) throws {
    #expect(try parsedHead(request("Host: x\r\n" + field)).fields.contains(.accept) == expected)
  }
}
