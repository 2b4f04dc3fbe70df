/// A JSON text as a value: RFC 8259. What is read and written here are the short messages of etcd's
/// gateway, not streams, and no other use is meant.
enum JSONValue: Equatable, Sendable {
  /// The names are compared as Swift compares strings, so two spellings of one character, composed
  /// and decomposed, are one name.
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  /// As it was written, so that none is rounded: a 64-bit integer does not fit a double.
  case number(String)
  case boolean(Bool)
  case null

  /// Reads a text. Strict where RFC 8259 leaves a choice: a name that an object repeats (§4), a
  /// surrogate that stands alone (§8.2) and a byte order mark (§8.1) are refused.
  ///
  /// - Parameters:
  ///   - bytes: the whole text, and nothing but whitespace around it.
  ///   - maximumByteCount: a longer text is refused before it is read.
  init(
    parsing bytes: [UInt8], maximumByteCount: Int = JSONLimits.byteCount
  ) throws(JSONError) {
    guard bytes.count <= maximumByteCount else {
      throw JSONError(reason: .tooLong, position: maximumByteCount)
    }
    var reader = JSONReader(bytes)
    self = try reader.readText()
  }

  /// Without whitespace, the members of an object sorted by name, so that equal values have equal
  /// texts.
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

  /// Escapes what RFC 8259 §7 says must be escaped, and nothing else.
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
  /// The member of that name. `nil` also where it is `null`, which protocol buffers' JSON takes for
  /// a field that is not set, and where this is no object.
  subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self, let member = members[name], member != .null else {
      return nil
    }
    return member
  }
}

/// How large a text may be. A program that speaks to us could be anything.
enum JSONLimits {
  /// Six times what a range over 1024 records of 400 bytes takes.
  static let byteCount = 4 << 20
  /// How deep arrays and objects may be nested; etcd's answers have six levels.
  static let depth = 32
}

/// Why a text is no JSON, or none that is read here.
struct JSONError: Error, Equatable, Sendable {
  enum Reason: Equatable, Sendable {
    /// The text ends where more must come.
    case unexpectedEnd
    /// A byte that cannot stand there. It may be a control character within a string.
    case unexpectedByte
    /// Not `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` or `\u` and four digits.
    case invalidEscape
    /// Half of a pair of surrogates.
    case loneSurrogate
    case invalidUTF8
    case repeatedName
    case tooDeep
    case tooLong
  }

  let reason: Reason
  /// How many bytes of the text stand before the place.
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
