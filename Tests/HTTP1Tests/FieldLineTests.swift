import HTTP1
import Testing

struct FieldLineTests {
  struct Invalid: Sendable {
    let fields: String
    let error: RequestError
    let section: String
  }

  static let invalidFields = [
    Invalid(fields: "A\r\n", error: .invalidFieldName, section: "RFC 9112 §5"),
    Invalid(fields: ": x\r\n", error: .invalidFieldName, section: "RFC 9112 §5"),
    Invalid(fields: ":\r\n", error: .invalidFieldName, section: "RFC 9112 §5"),
    Invalid(fields: "A : x\r\n", error: .invalidFieldName, section: "RFC 9112 §5.1"),
    Invalid(fields: "A\t: x\r\n", error: .invalidFieldName, section: "RFC 9112 §5.1"),
    Invalid(fields: "A B: x\r\n", error: .invalidFieldName, section: "RFC 9110 §5.1"),
    Invalid(fields: "A(B): x\r\n", error: .invalidFieldName, section: "RFC 9110 §5.1"),
    Invalid(fields: "\"A\": x\r\n", error: .invalidFieldName, section: "RFC 9110 §5.1"),
    Invalid(fields: "A\u{0}: x\r\n", error: .invalidFieldName, section: "RFC 9110 §5.1"),
    Invalid(fields: "\u{C9}: x\r\n", error: .invalidFieldName, section: "RFC 9110 §5.1"),
    Invalid(fields: "A\rB: x\r\n", error: .invalidFieldName, section: "RFC 9112 §2.2"),
    Invalid(fields: "\r\r\n", error: .invalidFieldName, section: "RFC 9112 §2.2"),
    Invalid(fields: " A: x\r\n", error: .lineFolding, section: "RFC 9112 §2.2 and §5.2"),
    Invalid(fields: "A: x\r\n y\r\n", error: .lineFolding, section: "RFC 9112 §5.2"),
    Invalid(fields: "A: x\r\n\ty\r\n", error: .lineFolding, section: "RFC 9112 §5.2"),
    Invalid(fields: "A:\r\n \r\n", error: .lineFolding, section: "RFC 9112 §5.2"),
    Invalid(fields: "A: x\ry\r\n", error: .invalidFieldValue, section: "RFC 9112 §2.2"),
    Invalid(fields: "A: x\r\r\n", error: .invalidFieldValue, section: "RFC 9112 §2.2"),
    Invalid(fields: "A: \u{0}\r\n", error: .invalidFieldValue, section: "RFC 9110 §5.5"),
    Invalid(fields: "A: x\u{1B}[31m\r\n", error: .invalidFieldValue, section: "RFC 9110 §5.5"),
    Invalid(fields: "A: x\u{B}\r\n", error: .invalidFieldValue, section: "RFC 9110 §5.5"),
    Invalid(fields: "A: \u{7F}\r\n", error: .invalidFieldValue, section: "RFC 9110 §5.5"),
    Invalid(fields: "A: x\n", error: .bareLineFeed, section: "RFC 9112 §2.2"),
    Invalid(fields: "A: x\nB: y\r\n", error: .bareLineFeed, section: "RFC 9112 §2.2"),
    Invalid(fields: "\n", error: .bareLineFeed, section: "RFC 9112 §2.2"),
    Invalid(fields: "A: x\r\n\n", error: .bareLineFeed, section: "RFC 9112 §2.2"),
    Invalid(fields: "Host: x\r\n", error: .repeatedHost, section: "RFC 9112 §3.2"),
    Invalid(fields: "host: y\r\n", error: .repeatedHost, section: "RFC 9112 §3.2"),
    Invalid(fields: "HOST:\r\n", error: .repeatedHost, section: "RFC 9112 §3.2"),
    Invalid(fields: "Expect: x\r\n", error: .unknownExpectation, section: "RFC 9110 §10.1.1"),
    Invalid(
      fields: "Expect: 100-continue, x\r\n", error: .unknownExpectation,
      section: "RFC 9110 §10.1.1"),
    Invalid(
      fields: "Expect: 100-continue=y\r\n", error: .unknownExpectation,
      section: "RFC 9110 §10.1.1"),
  ]

  /// After a valid `Host`, so that it is the field itself that is refused.
  @Test(arguments: invalidFields)
  func invalidField(_ invalid: Invalid) {
    let text = request("Host: x\r\n" + invalid.fields)
    #expect(parse(text) == .failure(invalid.error), "\(invalid.section)")
    #expect(splitsThatMatter(Array(text.utf8)) == [])
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

  struct Persistence: Sendable {
    var version = "HTTP/1.1"
    let fields: String
    let isPersistent: Bool
  }

  static let persistence = [
    Persistence(fields: "", isPersistent: true),
    Persistence(fields: "Connection: close\r\n", isPersistent: false),
    Persistence(fields: "connection:CLOSE\r\n", isPersistent: false),
    Persistence(fields: "Connection: keep-alive\r\n", isPersistent: true),
    Persistence(fields: "Connection: foo, ,\tclose ,bar\r\n", isPersistent: false),
    Persistence(fields: "Connection: keep-alive\r\nConnection: close\r\n", isPersistent: false),
    Persistence(fields: "Connection: close\r\nConnection: keep-alive\r\n", isPersistent: false),
    Persistence(fields: "Connection: closed, close2, \"close\"\r\n", isPersistent: true),
    Persistence(fields: "Connection: upgrade, HTTP2-Settings\r\n", isPersistent: true),
    Persistence(fields: "Connection:\r\n", isPersistent: true),
    Persistence(fields: "Proxy-Connection: close\r\n", isPersistent: true),
    Persistence(version: "HTTP/1.7", fields: "", isPersistent: true),
    Persistence(version: "HTTP/1.0", fields: "", isPersistent: false),
    Persistence(version: "HTTP/1.0", fields: "Connection: Keep-Alive\r\n", isPersistent: true),
    Persistence(version: "HTTP/1.0", fields: "Connection: x,keep-alive\r\n", isPersistent: true),
    Persistence(
      version: "HTTP/1.0", fields: "Connection: keep-alive, close\r\n", isPersistent: false),
    Persistence(version: "HTTP/1.0", fields: "Keep-Alive: timeout=5\r\n", isPersistent: false),
  ]

  @Test(arguments: persistence)
  func connection(_ expected: Persistence) throws {
    let text = request("Host: x\r\n" + expected.fields, line: "GET /id \(expected.version)")
    #expect(try parsedHead(text).isPersistent == expected.isPersistent)
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
