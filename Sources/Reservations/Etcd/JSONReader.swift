/// Parses one JSON text: RFC 8259. It reads the bytes once, and ``JSONLimits/depth`` bounds its
/// recursion.
struct JSONReader {
  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func readText() throws(JSONError) -> JSONValue {
    skipWhitespace()
    let value = try readValue()
    skipWhitespace()
    guard index == bytes.count else { throw error(.unexpectedByte) }
    return value
  }

  private mutating func readValue() throws(JSONError) -> JSONValue {
    switch next {
    case nil: throw error(.unexpectedEnd)
    case UInt8(ascii: "{"): return try readObject()
    case UInt8(ascii: "["): return try readArray()
    case .quote: return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .boolean(true))
    case UInt8(ascii: "f"): return try readWord("false", .boolean(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: return .number(try readNumber())
    }
  }

  // MARK: Objects and arrays, §4 and §5

  private mutating func readObject() throws(JSONError) -> JSONValue {
    var members: [String: JSONValue] = [:]
    try readList(closedBy: UInt8(ascii: "}")) { (reader: inout JSONReader) throws(JSONError) in
      let start = reader.index
      guard reader.next == .quote else { throw reader.errorHere }
      let name = try reader.readString()
      reader.skipWhitespace()
      guard reader.skip(UInt8(ascii: ":")) else { throw reader.errorHere }
      reader.skipWhitespace()
      let value = try reader.readValue()
      guard members.updateValue(value, forKey: name) == nil else {
        throw JSONError(reason: .repeatedName, position: start)
      }
    }
    return .object(members)
  }

  private mutating func readArray() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    try readList(closedBy: UInt8(ascii: "]")) { (reader: inout JSONReader) throws(JSONError) in
      elements.append(try reader.readValue())
    }
    return .array(elements)
  }

  private mutating func readList(
    closedBy bracket: UInt8, _ readElement: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard depth < JSONLimits.depth else { throw error(.tooDeep) }
    depth += 1
    index += 1
    skipWhitespace()
    if !skip(bracket) {
      while true {
        try readElement(&self)
        skipWhitespace()
        if skip(bracket) { break }
        guard skip(UInt8(ascii: ",")) else { throw errorHere }
        skipWhitespace()
      }
    }
    depth -= 1
  }

  // MARK: Numbers and words, §6 and §3

  private mutating func readNumber() throws(JSONError) -> String {
    let start = index
    _ = skip(UInt8(ascii: "-"))
    // No digit may follow a leading zero.
    if !skip(UInt8(ascii: "0")) { try readDigits() }
    if skip(UInt8(ascii: ".")) { try readDigits() }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
      try readDigits()
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func readDigits() throws(JSONError) {
    let start = index
    while let byte = next, 0x30...0x39 ~= byte { index += 1 }
    guard index > start else { throw errorHere }
  }

  private mutating func readWord(
    _ word: String, _ value: JSONValue
  ) throws(JSONError) -> JSONValue {
    for byte in word.utf8 { guard skip(byte) else { throw errorHere } }
    return value
  }

  // MARK: Strings, §7

  private mutating func readString() throws(JSONError) -> String {
    index += 1
    let start = index
    // The string up to `copied`, with escapes replaced; empty before the first escape.
    var unescaped: [UInt8] = []
    var copied = start
    while let byte = next, byte != .quote {
      guard byte >= 0x20 else { throw error(.unexpectedByte) }
      if byte == .backslash {
        unescaped += bytes[copied..<index]
        unescaped += String(try readEscape()).utf8
        copied = index
      } else {
        index += 1
      }
    }
    guard next == .quote else { throw error(.unexpectedEnd) }
    let rest = bytes[copied..<index]
    let string =
      copied == start
      ? String(validating: rest, as: UTF8.self)
      : String(validating: unescaped + rest, as: UTF8.self)
    guard let string else { throw JSONError(reason: .invalidUTF8, position: start) }
    index += 1
    return string
  }

  private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
    let start = index
    index += 1
    guard let letter = next else { throw error(.unexpectedEnd) }
    index += 1
    switch letter {
    case .quote, .backslash, UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw JSONError(reason: .invalidEscape, position: start)
    }
    let first = try readFourDigits(escapeAt: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A value that is not a scalar is a surrogate: U+D800…U+DBFF must precede U+DC00…U+DFFF.
    guard first < 0xDC00, skip(.backslash), skip(UInt8(ascii: "u")) else {
      throw JSONError(reason: .loneSurrogate, position: start)
    }
    let second = try readFourDigits(escapeAt: start)
    guard 0xDC00...0xDFFF ~= second,
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw JSONError(reason: .loneSurrogate, position: start) }
    return scalar
  }

  private mutating func readFourDigits(escapeAt start: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next else { throw error(.unexpectedEnd) }
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw JSONError(reason: .invalidEscape, position: start)
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }

  // MARK: Bytes

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipWhitespace() {
    while let byte = next, byte == 0x20 || 0x09...0x0A ~= byte || byte == 0x0D { index += 1 }
  }

  private func error(_ reason: JSONError.Reason) -> JSONError {
    JSONError(reason: reason, position: index)
  }

  /// The error at the current position: an unexpected byte, or the end.
  private var errorHere: JSONError {
    error(index < bytes.count ? .unexpectedByte : .unexpectedEnd)
  }
}

extension UInt8 {
  static let quote = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
}
