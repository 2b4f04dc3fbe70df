import HTTP1
import Testing

struct OctetsTests {
  @Test(
    arguments: [
      ("", nil), ("0", 0), ("007", 7), ("65536", 65_536), ("9223372036854775807", Int.max),
      ("0000000000000000000000000000001", 1), ("9223372036854775808", nil),
      ("18446744073709551616", nil), ("18446744073709551617", nil), ("+1", nil), ("-1", nil),
      (" 1", nil), ("1 ", nil), ("1a", nil), ("0x1", nil), ("\u{661}", nil),
    ] as [(String, Int?)])
  func decimal(_ text: String, _ expected: Int?) {
    let bytes = Array("1\(text)2".utf8)
    #expect(bytes.reading { $0.decimal(in: 1..<bytes.count - 1) } == expected)
  }

  /// RFC 9110 §5.6.1.2.
  @Test(arguments: [
    ("", []), (",", []), (" \t, ,,", []), ("a", ["a"]), (" a\t", ["a"]), ("a,b", ["a", "b"]),
    (",a ,, b c\t,", ["a", "b c"]),
  ])
  func listElements(_ text: String, _ expected: [String]) {
    let bytes = Array("x,\(text),y".utf8)
    var elements: [String] = []
    bytes.span.forEachListElement(in: 2..<bytes.count - 2) { element in
      elements.append(bytes.span.text(in: element))
    }
    #expect(elements == expected)
  }

  @Test(arguments: [
    ("", ""), ("abc", "abc"), ("%61b%63", "abc"), ("%2f%2F", "//"), ("%2561", "%61"),
    ("%", "%"), ("%4", "%4"), ("%4g", "%4g"), ("%%41", "%A"), ("%E2%98%83", "\u{2603}"),
  ])
  func percentDecoded(_ text: String, _ expected: String) {
    // What stands behind the range must not complete an encoding in it.
    let bytes = Array("\(text)41".utf8)
    let decoded = bytes.span.percentDecoded(0..<text.utf8.count)
    #expect(String(decoding: decoded, as: UTF8.self) == expected)
  }

  @Test(arguments: [
    ("", ""), ("a", "a"), (" \t a b\t ", "a b"), (" ", ""), ("\t\t", ""), ("\u{B}a", "\u{B}a"),
  ])
  func trimming(_ text: String, _ expected: String) {
    let bytes = Array(" \(text) ".utf8)
    #expect(bytes.reading { $0.text(in: $0.trimming(1..<bytes.count - 1)) } == expected)
  }

  /// RFC 9112 §2.2: whole empty lines only.
  @Test(arguments: [
    ("", 0), ("\r", 0), ("\n", 0), ("\r\n", 2), ("\r\n\r", 2), ("\r\n\r\nGET", 4), ("\n\r\n", 0),
    ("GET\r\n", 0), (" \r\n", 0), ("\r\r\n", 0),
  ])
  func skippingEmptyLines(_ text: String, _ expected: Int) {
    let bytes = Array("x\(text)".utf8)
    #expect(bytes.reading { $0.skippingEmptyLines(from: 1) } == 1 + expected)
  }

  @Test func comparisons() {
    let bytes = Array("Content-LENGTH".utf8)
    #expect(bytes.reading { $0.equals("content-length", in: 0..<14) })
    #expect(!bytes.reading { $0.equals("content-length", in: 0..<13) })
    #expect(!bytes.reading { $0.equals("content_length", in: 0..<14) })
    #expect(bytes.reading { $0.hasBytes("Content-LENGTH", in: 0..<14) })
    #expect(!bytes.reading { $0.hasBytes("Content-Length", in: 0..<14) })
    #expect(bytes.reading { $0.contains(UInt8(ascii: "-"), in: 0..<14) })
    #expect(!bytes.reading { $0.contains(UInt8(ascii: "-"), in: 8..<14) })
    #expect(!bytes.reading { $0.contains(UInt8(ascii: "C"), in: 0..<0) })
  }

  /// Letters alone have a case: `@` and `[` are not `` ` `` and `{`.
  @Test func onlyLettersHaveACase() {
    let bytes = Array("@[AZ".utf8)
    #expect(!bytes.reading { $0.equals("`", in: 0..<1) })
    #expect(!bytes.reading { $0.equals("{", in: 1..<2) })
    #expect(bytes.reading { $0.equals("az", in: 2..<4) })
  }
}
