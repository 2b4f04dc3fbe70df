/// A set of ASCII characters, as the grammars of RFC 9110, RFC 9112 and RFC 3986 define them.
///
/// Each is a table with a place for every byte: there stands the character itself if it is in the set, and
/// a dot if the byte is not. The dot itself is in all sets. A test spells them out.
struct OctetSet: Sendable {
  private let table: StaticString

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    // A StaticString lives as long as the program; the table has 256 places.
    unsafe table.utf8Start[Int(byte)] == byte
  }

  /// `tchar`, RFC 9110 §5.6.2: what methods and field names are made of: digits, letters and
  /// ``!#$%&'*+-.^_`|~``.
  static var token: OctetSet {
    OctetSet(
      table: """
        ................................\
        .!.#$%&'..*+.-..0123456789......\
        .ABCDEFGHIJKLMNOPQRSTUVWXYZ...^_\
        `abcdefghijklmnopqrstuvwxyz.|.~.\
        ................................\
        ................................\
        ................................\
        ................................
        """)
  }

  /// `reg-name` less percent-encodings, RFC 3986 §3.2.2: digits, letters and `-._~!$&'()*+,;=`.
  static var registeredName: OctetSet {
    OctetSet(
      table: """
        ................................\
        .!..$.&'()*+,-..0123456789.;.=..\
        .ABCDEFGHIJKLMNOPQRSTUVWXYZ...._\
        .abcdefghijklmnopqrstuvwxyz...~.\
        ................................\
        ................................\
        ................................\
        ................................
        """)
  }

  /// `pchar` less percent-encodings, or `/`: RFC 3986 §3.3. The same, and `:@/`.
  static var path: OctetSet {
    OctetSet(
      table: """
        ................................\
        .!..$.&'()*+,-./0123456789:;.=..\
        @ABCDEFGHIJKLMNOPQRSTUVWXYZ...._\
        .abcdefghijklmnopqrstuvwxyz...~.\
        ................................\
        ................................\
        ................................\
        ................................
        """)
  }

  /// The same, and `?`: RFC 3986 §3.4.
  static var query: OctetSet {
    OctetSet(
      table: """
        ................................\
        .!..$.&'()*+,-./0123456789:;.=.?\
        @ABCDEFGHIJKLMNOPQRSTUVWXYZ...._\
        .abcdefghijklmnopqrstuvwxyz...~.\
        ................................\
        ................................\
        ................................\
        ................................
        """)
  }
}

extension UInt8 {
  /// `field-vchar` with `obs-text`, SP or HTAB, RFC 9110 §5.5. No CR, LF, NUL or other control.
  @inline(__always)
  var isFieldValue: Bool { self >= 0x20 && self != 0x7f || self == .tab }
}

extension Span<UInt8> {
  /// Where the first byte in `range` stands that is not in `set`; the range's end if all are.
  @inline(__always)
  func firstIndex(notIn set: OctetSet, in range: Range<Int>) -> Int {
    let bytes = extracting(range)
    var count = 0
    while count < bytes.count, set.contains(bytes[count]) { count &+= 1 }
    return range.lowerBound &+ count
  }

  /// Where the first byte in `range` stands that a field value cannot have; the range's end if there is
  /// none. It looks at eight bytes at a time: most of a head is field values.
  @inline(__always)
  func firstIndexNotInFieldValue(in range: Range<Int>) -> Int {
    let bytes = extracting(range)
    var index = 0
    while index < bytes.count, bytes.count >= 8 {
      // Eight bytes in the span: the last ones may have been looked at already.
      index = min(index, bytes.count &- 8)
      let eight = unsafe bytes.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: index, as: UInt64.self)
      // A tab is allowed, but looked at one by one like what is not.
      guard !eight.hasControlByte else { break }
      index &+= 8
    }
    while index < bytes.count, bytes[index].isFieldValue { index &+= 1 }
    return range.lowerBound &+ index
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

extension UInt64 {
  fileprivate static let eachByte: UInt64 = 0x0101_0101_0101_0101

  /// Whether one of its eight bytes is below 0x20 or is 0x7F.
  ///
  /// Source: S. E. Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n" and "a
  /// zero byte". The high bit of a byte of `below` or `deletes` is set if it is one, or has its own set.
  @inline(__always)
  fileprivate var hasControlByte: Bool {
    let below = self &- (0x20 * .eachByte)
    let deletes = (self ^ (0x7f * .eachByte)) &- .eachByte
    return (below | deletes) & ~self & (0x80 * .eachByte) != 0
  }
}
