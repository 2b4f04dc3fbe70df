import TestSupport
import Testing

@testable import Reservations

/// RFC 8259.
struct JSONValueTests {
  @Test(
    arguments: [
      (#"{}"#, .object([:])), (#"[]"#, .array([])), (" [ ] ", .array([])),
      ("\t\r\n {\n} ", .object([:])), ("null", .null), ("true", .boolean(true)),
      ("false", .boolean(false)), (#""""#, .string("")), (#""a""#, .string("a")),
      (
        #"{"a":1,"b":[true,{"c":null}]}"#,
        .object([
          "a": .number("1"), "b": .array([.boolean(true), .object(["c": .null])]),
        ])
      ),
      (
        #" { "a" : 1 , "b" : [ 2 , 3 ] } "#,
        .object(["a": .number("1"), "b": .array([.number("2"), .number("3")])])
      ),
      (#"{"":0}"#, .object(["": .number("0")])),
      ("0", .number("0")), ("-0", .number("-0")),
      ("18446744073709551615", .number("18446744073709551615")),
      ("1.5", .number("1.5")), ("-12.034e+56", .number("-12.034e+56")),
      ("1E-400", .number("1E-400")),
      ("9e999999999999", .number("9e999999999999")),
      (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
      (#""\u0041\u00e9\u20AC\u0000x""#, .string("A\u{E9}\u{20AC}\u{0}x")),
      (#""\uD834\udd1e""#, .string("\u{1D11E}")),
      (#""\uFFFF\uD7FF\uE000""#, .string("\u{FFFF}\u{D7FF}\u{E000}")),
      (#""a\tb\tc""#, .string("a\tb\tc")),
      ("\"\u{7F}\u{2028}\u{10FFFF}\"", .string("\u{7F}\u{2028}\u{10FFFF}")),
    ] as [(String, JSONValue)])
  func reads(_ text: String, _ value: JSONValue) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    #expect(try JSONValue(parsing: value.bytes) == value)
  }

  @Test(
    arguments: [
      ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("[", .unexpectedEnd, 1),
      ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("{", .unexpectedEnd, 1),
      (#"{"a"#, .unexpectedEnd, 3), (#"{"a""#, .unexpectedEnd, 4), (#"{"a":"#, .unexpectedEnd, 5),
      (#"{"a":1"#, .unexpectedEnd, 6), (#"{"a":1,"#, .unexpectedEnd, 7), ("tru", .unexpectedEnd, 3),
      ("-", .unexpectedEnd, 1), ("1.", .unexpectedEnd, 2), ("1e", .unexpectedEnd, 2),
      ("1e+", .unexpectedEnd, 3), (#"""#, .unexpectedEnd, 1), (#""\"#, .unexpectedEnd, 2),
      (#""\u12"#, .unexpectedEnd, 5),
      ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
      ("[1}", .unexpectedByte, 2), ("]", .unexpectedByte, 0), (#"{"a":1,}"#, .unexpectedByte, 7),
      (#"{"a" 1}"#, .unexpectedByte, 5), (#"{a:1}"#, .unexpectedByte, 1),
      (#"{1:1}"#, .unexpectedByte, 1), (#"{"a"}"#, .unexpectedByte, 4), ("1 2", .unexpectedByte, 2),
      ("{}{}", .unexpectedByte, 2), ("True", .unexpectedByte, 0), ("nuLl", .unexpectedByte, 2),
      ("truex", .unexpectedByte, 4), ("NaN", .unexpectedByte, 0), ("-Infinity", .unexpectedByte, 1),
      ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("01", .unexpectedByte, 1),
      ("-01", .unexpectedByte, 2), ("1.e1", .unexpectedByte, 2), ("0x10", .unexpectedByte, 1),
      ("1_0", .unexpectedByte, 1), ("'a'", .unexpectedByte, 0), ("// a\n1", .unexpectedByte, 0),
      ("\u{FEFF}{}", .unexpectedByte, 0), ("\u{A0}1", .unexpectedByte, 0),
      ("\u{B}1", .unexpectedByte, 0),
      ("\"a\nb\"", .unexpectedByte, 2), ("\"\u{0}\"", .unexpectedByte, 1),
      ("\"\u{1F}\"", .unexpectedByte, 1),
      (#""a\x""#, .invalidEscape, 2), (#""\U0041""#, .invalidEscape, 1),
      (#""\'""#, .invalidEscape, 1),
      (#""\u00g0""#, .invalidEscape, 1), (#""\u-001""#, .invalidEscape, 1),
      (#""\u12""#, .invalidEscape, 1),
      (#""\ud800""#, .loneSurrogate, 1), (#""\uDC00""#, .loneSurrogate, 1),
      (#""\ud800x""#, .loneSurrogate, 1), (#""\ud800\n""#, .loneSurrogate, 1),
      (#""\ud800\ud800""#, .loneSurrogate, 1), (#""\ud801\udbff""#, .loneSurrogate, 1),
      (#""\udc00\ud800""#, .loneSurrogate, 1),
      (#""\ud800\u0041""#, .loneSurrogate, 1), (#""\udfff\udfff""#, .loneSurrogate, 1),
      (#"{"a":1,"a":1}"#, .repeatedName, 7), (#"{"a":1,"b":2,"\u0061":3}"#, .repeatedName, 13),
    ] as [(String, JSONError.Reason, Int)])
  func refused(_ text: String, _ reason: JSONError.Reason, _ position: Int) {
    #expect(throws: JSONError(reason: reason, position: position)) {
      try JSONValue(parsing: Array(text.utf8))
    }
  }

  /// Invalid UTF-8: lone bytes, overlong forms, a surrogate, past U+10FFFF, truncated.
  @Test(
    arguments: [
      [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xC3],
      [0xE2, 0x82], [0xFF], [0xC3, 0x5C, 0x6E],
    ] as [[UInt8]])
  func invalidUTF8(_ bytes: [UInt8]) {
    for prefix in [[], Array(#"\n"#.utf8)] as [[UInt8]] {
      #expect(throws: JSONError(reason: .invalidUTF8, position: 1)) {
        try JSONValue(parsing: [0x22] + prefix + bytes + [0x22])
      }
    }
  }

  @Test func depth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    let deepest = try JSONValue(parsing: nested(JSONLimits.depth))
    #expect(deepest.bytes == nested(JSONLimits.depth))
    // Siblings do not add to the depth.
    let wide =
      "[" + Array(repeating: "[]", count: JSONLimits.depth * 2).joined(separator: ",") + "]"
    #expect(try JSONValue(parsing: Array(wide.utf8)).bytes == Array(wide.utf8))
    for depth in [JSONLimits.depth + 1, 1_000_000] {
      #expect(throws: JSONError(reason: .tooDeep, position: JSONLimits.depth)) {
        try JSONValue(parsing: nested(depth))
      }
    }
  }

  @Test func length() throws {
    #expect(
      try JSONValue(parsing: Array("[1]".utf8), maximumByteCount: 3) == .array([.number("1")]))
    #expect(throws: JSONError(reason: .tooLong, position: 3)) {
      try JSONValue(parsing: Array("[1] ".utf8), maximumByteCount: 3)
    }
    let long = [UInt8](repeating: UInt8(ascii: " "), count: JSONLimits.byteCount + 1)
    #expect(throws: JSONError(reason: .tooLong, position: JSONLimits.byteCount)) {
      try JSONValue(parsing: long)
    }
  }

  @Test(
    arguments: [
      (.object([:]), "{}"), (.array([]), "[]"), (.null, "null"), (.boolean(false), "false"),
      (
        .object(["b": .number("1"), "a": .array([.null, .boolean(true)])]),
        #"{"a":[null,true],"b":1}"#
      ),
      (
        .string("\"\\/\u{8}\n\u{0}\u{1F}\u{7F}\u{E9}"),
        #""\"\\/\u0008\u000a\u0000\u001f"# + "\u{7F}\u{E9}\""
      ),
      (.object(["\"": .string("\n")]), #"{"\"":"\u000a"}"#),
    ] as [(JSONValue, String)])
  func writes(_ value: JSONValue, _ text: String) {
    #expect(value.bytes == Array(text.utf8))
  }

  @Test func members() throws {
    let value = try JSONValue(parsing: Array(#"{"a":null,"b":false}"#.utf8))
    #expect(value["a"] == nil)
    #expect(value["b"] == .boolean(false))
    #expect(value["c"] == nil)
    #expect(JSONValue.string("a")["a"] == nil)
  }

  /// Every proper prefix of a text is refused, and so is a text with any byte changed to NUL.
  @Test func everyPrefix() {
    let text = Array(#"{"a":[-1.5e+3,"\u00e9\ud834\udd1e\\é"],"b":{"c":[true,false,null]}}"#.utf8)
    #expect(throws: Never.self) { try JSONValue(parsing: text) }
    for index in text.indices {
      #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<index])) }
      var changed = text
      changed[index] = 0
      #expect(throws: JSONError.self) { try JSONValue(parsing: changed) }
    }
  }
}
