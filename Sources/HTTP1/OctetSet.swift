/// A set of bytes, as the grammars of RFC 9110, RFC 9112 and RFC 3986 define them.
///
/// The sets are constants in the code, a bit for each byte; a test spells them out.
struct OctetSet: Sendable {
  /// The bytes 0…63.
  private let low: UInt64
  /// The bytes 64…127.
  private let high: UInt64
  /// The bytes 128…255, all or none.
  private let upper: UInt64

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word = byte < 128 ? (byte < 64 ? low : high) : upper
    return word &>> UInt64(byte) & 1 == 1
  }

  /// `tchar`, RFC 9110 §5.6.2: what methods and field names are made of: digits, letters and
  /// ``!#$%&'*+-.^_`|~``.
  static var token: OctetSet {
    OctetSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe, upper: 0)
  }

  /// `field-vchar` with `obs-text`, SP or HTAB, RFC 9110 §5.5. No CR, LF, NUL or other control.
  static var fieldValue: OctetSet {
    OctetSet(low: 0xffff_ffff_0000_0200, high: 0x7fff_ffff_ffff_ffff, upper: .max)
  }

  /// `reg-name` less percent-encodings, RFC 3986 §3.2.2: digits, letters and `-._~!$&'()*+,;=`.
  static var registeredName: OctetSet {
    OctetSet(low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe, upper: 0)
  }

  /// `pchar` less percent-encodings, or `/`: RFC 3986 §3.3. The same, and `:@/`.
  static var path: OctetSet {
    OctetSet(low: 0x2fff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff, upper: 0)
  }

  /// The same, and `?`: RFC 3986 §3.4.
  static var query: OctetSet {
    OctetSet(low: 0xafff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff, upper: 0)
  }
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
