/// A JSON value: RFC 8259. It is meant only for the short messages of etcd's gateway.
enum JSONValue: Equatable, Sendable {
  /// Names are compared as Swift compares strings: the composed and the decomposed form of a
  /// character are equal.
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  /// The number's text, so that none is rounded: a 64-bit integer does not fit a double.
  case number(String)
  case boolean(Bool)
  case null

  /// Parses a text. Where RFC 8259 leaves a choice, it is strict: it refuses repeated names (§4),
  /// lone surrogates (§8.2) and a byte order mark (§8.1).
  ///
  /// - Parameters:
  ///   - bytes: the whole text, with nothing but whitespace around it.
  ///   - maximumByteCount: a longer text is refused before it is parsed.
  init(
    parsing bytes: [UInt8], maximumByteCount: Int = JSONLimits.byteCount
  ) throws(JSONError) {
    guard bytes.count <= maximumByteCount else {
      throw JSONError(reason: .tooLong, position: maximumByteCount)
    }
    var reader = JSONReader(bytes)
    self = try reader.readText()
  }

  /// The value as a text, without whitespace and with the members of objects sorted by name, so
  /// that equal values have equal texts.
  var bytes: [UInt8] {
    var text: [UInt8] = []
    write(to: &text)
    return text
  }

  private func write(to text: inout [UInt8]) {
    switch self {
    case .object(let members):
      Self.writeList(members.sorted { $0.key < $1.key }, in: ("{", "}"), to: &text) {
        Self.writeString($0.key, to: &$1)
        $1.append(UInt8(ascii: ":"))
        $0.value.write(to: &$1)
      }
    case .array(let elements):
      Self.writeList(elements, in: ("[", "]"), to: &text) { $0.write(to: &$1) }
    case .string(let string): Self.writeString(string, to: &text)
    case .number(let number): text += number.utf8
    case .boolean(let value): text += (value ? "true" : "false").utf8
    case .null: text += "null".utf8
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], in brackets: (String, String), to text: inout [UInt8],
    _ write: (Element, inout [UInt8]) -> Void
  ) {
    text += brackets.0.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      write(element, &text)
    }
    text += brackets.1.utf8
  }

  /// Escapes only what RFC 8259 §7 requires.
  private static func writeString(_ string: String, to text: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    text.append(.quote)
    for byte in string.utf8 {
      switch byte {
      case .quote, .backslash: text += [.backslash, byte]
      case 0..<0x20: text += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: text.append(byte)
      }
    }
    text.append(.quote)
  }
}

extension JSONValue {
  /// The member of that name. `nil` if it is missing or `null`, which ProtoJSON treats as not set,
  /// or if this is not an object.
  subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self, let member = members[name], member != .null else {
      return nil
    }
    return member
  }
}

/// The limits of a text, for a peer that may not be etcd.
enum JSONLimits {
  /// Six times the size of a range of 1024 records of 400 bytes.
  static let byteCount = 4 << 20
  /// The maximum nesting of arrays and objects; etcd's answers have six levels.
  static let depth = 32
}

/// Why a text is not JSON, or is refused.
struct JSONError: Error, Equatable, Sendable {
  enum Reason: Equatable, Sendable {
    /// The text is incomplete.
    case unexpectedEnd
    /// A byte that the grammar does not allow there, such as a control character within a string.
    case unexpectedByte
    /// Not `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` or `\u` and four digits.
    case invalidEscape
    /// One surrogate without the other of its pair.
    case loneSurrogate
    case invalidUTF8
    case repeatedName
    case tooDeep
    case tooLong
  }

  let reason: Reason
  /// The offset of the error in the text, in bytes.
  let position: Int
}

extension JSONError: CustomStringConvertible {
  var description: String {
    let what =
      switch reason {
      case .unexpectedEnd: "unexpected end"
      case .unexpectedByte: "unexpected byte"
      case .invalidEscape: "invalid escape"
      case .loneSurrogate: "lone surrogate"
      case .invalidUTF8: "invalid UTF-8"
      case .repeatedName: "repeated name"
      case .tooDeep: "nested too deeply"
      case .tooLong: "too long"
      }
    return "\(what) at byte \(position)"
  }
}
