/// A set of bytes, as the grammars of RFC 9110, RFC 9112 and RFC 3986 define them.
///
/// The sets are constants in the code, a bit for each byte; a test spells them out.
struct OctetSet: Sendable {
  /// The bytes 0…63.
  private let low: UInt64
  /// The bytes 64…127.
  private let high: UInt64
  /// The bytes 128…255, all or none.
  private let upper: Bool

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    // The shift takes the lowest six bits of the byte.
    let isASCIIMember = (byte & 64 == 0 ? low : high) &>> UInt64(byte) & 1 == 1
    return byte < 128 ? isASCIIMember : upper
  }

  /// `tchar`, RFC 9110 §5.6.2: what methods and field names are made of: digits, letters and
  /// ``!#$%&'*+-.^_`|~``.
  static var token: OctetSet {
    OctetSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe, upper: false)
  }

  /// `field-vchar` with `obs-text`, SP or HTAB, RFC 9110 §5.5. No CR, LF, NUL or other control.
  static var fieldValue: OctetSet {
    OctetSet(low: 0xffff_ffff_0000_0200, high: 0x7fff_ffff_ffff_ffff, upper: true)
  }

  /// `reg-name` less percent-encodings, RFC 3986 §3.2.2: digits, letters and `-._~!$&'()*+,;=`.
  static var registeredName: OctetSet {
    OctetSet(low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe, upper: false)
  }

  /// `pchar` less percent-encodings, or `/`: RFC 3986 §3.3. The same, and `:@/`.
  static var path: OctetSet {
    OctetSet(low: 0x2fff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff, upper: false)
  }

  /// The same, and `?`: RFC 3986 §3.4.
  static var query: OctetSet {
    OctetSet(low: 0xafff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff, upper: false)
  }
}

extension Span<UInt8> {
  /// Where the first byte in `range` stands that is not in `set`; the range's end if all are.
  @inline(__always)
  func firstIndex(notIn set: OctetSet, in range: Range<Int>) -> Int {
    var index = range.lowerBound
    while index < range.upperBound, set.contains(self[index]) { index &+= 1 }
    return index
  }

  /// The same for ``OctetSet/fieldValue``, eight bytes at a time: most of a head is field values.
  @inline(__always)
  func firstIndexNotInFieldValue(in range: Range<Int>) -> Int {
    var start = range.lowerBound
    unsafe withUnsafeBytes { bytes in
      guard range.count >= 8 else { return }
      while start < range.upperBound {
        // Eight bytes within the range: the last ones may have been looked at already.
        start = min(start, range.upperBound - 8)
        let eight = unsafe bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        // A tab is allowed, but looked at one by one like what is not.
        guard !eight.hasByteBelowSpace, !(eight ^ (0x7f * .eachByte)).hasZeroByte else { return }
        start += 8
      }
    }
    return firstIndex(notIn: .fieldValue, in: start..<range.upperBound)
  }

  /// Where the first byte in `range` stands that is neither in `set` nor part of a whole
  /// percent-encoding, RFC 3986 §2.1; the range's end if all are.
  @inline(__always)
  func firstIndex(notPercentEncodedFrom set: OctetSet, in range: Range<Int>) -> Int {
    var index = firstIndex(notIn: set, in: range)
    while index < range.upperBound,
      percentEncodedByte(at: index, before: range.upperBound) != nil
    {
      index = firstIndex(notIn: set, in: index + 3..<range.upperBound)
    }
    return index
  }
}

// Eight bytes at once. Source: S. E. Anderson, Bit Twiddling Hacks, "Determine if a word has a byte
// less than n" and "a zero byte".
extension UInt64 {
  fileprivate static let eachByte: UInt64 = 0x0101_0101_0101_0101

  @inline(__always)
  fileprivate var hasByteBelowSpace: Bool {
    (self &- 0x20 * .eachByte) & ~self & (0x80 * .eachByte) != 0
  }

  @inline(__always)
  fileprivate var hasZeroByte: Bool {
    (self &- .eachByte) & ~self & (0x80 * .eachByte) != 0
  }
}
