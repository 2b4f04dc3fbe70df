/// A set of bytes, as the grammars of RFC 9110, RFC 9112 and RFC 3986 define them.
struct OctetSet: Sendable {
  /// A bit for each of the bytes 0…63.
  private let low: UInt64
  /// A bit for each of the bytes 64…127.
  private let high: UInt64
  /// All of the bytes 128…255, or none.
  private let isObsoleteTextIncluded: UInt64

  /// The bytes of some ASCII characters, and those in some ranges.
  private init(
    _ characters: StaticString, _ ranges: ClosedRange<UInt8>..., obsoleteText: Bool = false
  ) {
    var words: (low: UInt64, high: UInt64) = (0, 0)
    func insert(_ byte: UInt8) {
      if byte < 64 { words.low |= 1 << UInt64(byte) } else { words.high |= 1 << UInt64(byte - 64) }
    }
    for range in ranges { for byte in range { insert(byte) } }
    // A StaticString lives as long as the program.
    for offset in 0..<characters.utf8CodeUnitCount { insert(unsafe characters.utf8Start[offset]) }
    (low, high) = words
    isObsoleteTextIncluded = obsoleteText ? .max : 0
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word = byte < 128 ? (byte < 64 ? low : high) : isObsoleteTextIncluded
    return word &>> UInt64(byte) & 1 == 1
  }

  private static let digits: ClosedRange<UInt8> = 0x30...0x39
  private static let capitals: ClosedRange<UInt8> = 0x41...0x5A
  private static let smallLetters: ClosedRange<UInt8> = 0x61...0x7A

  /// `tchar`, RFC 9110 §5.6.2: what methods and field names are made of.
  static let token = OctetSet("!#$%&'*+-.^_`|~", digits, capitals, smallLetters)

  /// `field-vchar` with `obs-text`, SP or HTAB, RFC 9110 §5.5. No CR, LF, NUL or other control.
  static let fieldValue = OctetSet("\t", 0x20...0x7E, obsoleteText: true)

  /// `reg-name` less percent-encodings, RFC 3986 §3.2.2: `unreserved` and `sub-delims`.
  static let registeredName = OctetSet("-._~!$&'()*+,;=", digits, capitals, smallLetters)

  /// `pchar` less percent-encodings, or `/`: RFC 3986 §3.3.
  static let path = OctetSet("-._~!$&'()*+,;=:@/", digits, capitals, smallLetters)

  /// The same and `?`: RFC 3986 §3.4.
  static let query = OctetSet("-._~!$&'()*+,;=:@/?", digits, capitals, smallLetters)
}

extension Span<UInt8> {
  /// Where the first byte in `range` stands that is not in `set`; the range's end if all are.
  @inline(__always)
  func firstIndex(notIn set: OctetSet, in range: Range<Int>) -> Int {
    let part = extracting(range)
    return unsafe part.withUnsafeBufferPointer { buffer in
      var offset = 0
      // `offset` is below the count; the buffer is not used after the closure.
      while offset < buffer.count, unsafe set.contains(buffer[offset]) { offset += 1 }
      return range.lowerBound + offset
    }
  }

  /// Whether `range` holds only bytes of `set` and whole percent-encodings: RFC 3986 §2.1.
  func isPercentEncoded(_ range: Range<Int>, from set: OctetSet) -> Bool {
    var index = firstIndex(notIn: set, in: range)
    while index < range.upperBound {
      guard percentEncodedByte(at: index, before: range.upperBound) != nil else { return false }
      index = firstIndex(notIn: set, in: index + 3..<range.upperBound)
    }
    return true
  }
}
