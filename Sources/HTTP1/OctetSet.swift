/// A set of ASCII characters, as the grammars of RFC 9110, RFC 9112 and RFC 3986 define them.
///
/// Each set is a table with one entry for each byte: the byte itself if it is in the set, a dot if
/// it is not. The dot itself is in all sets.
struct OctetSet: Sendable {
  private let table: StaticString

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    // A StaticString lives as long as the program; the table has 256 entries.
    unsafe table.utf8Start[Int(byte)] == byte
  }

  /// `tchar`, RFC 9110 §5.6.2, of which methods and field names consist: digits, letters and
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

  /// `reg-name` without percent-encodings, RFC 3986 §3.2.2: digits, letters and `-._~!$&'()*+,;=`.
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

  /// `pchar` without percent-encodings, and `/`: RFC 3986 §3.3. ``registeredName`` and `:@/`.
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

  /// ``path`` and `?`: RFC 3986 §3.4.
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
  /// The index of the first byte in `range` that is not in `set`; the range's end if all are.
  @inline(__always)
  func firstIndex(notIn set: OctetSet, in range: Range<Int>) -> Int {
    let bytes = extracting(range)
    var count = 0
    while count < bytes.count, set.contains(bytes[count]) { count &+= 1 }
    return range.lowerBound &+ count
  }

  /// The index of the first byte in `range` that a field value cannot contain; the range's end if
  /// there is none. It checks eight bytes at a time, because most of a head is field values.
  @inline(__always)
  func firstIndexNotInFieldValue(in range: Range<Int>) -> Int {
    let bytes = extracting(range)
    var index = 0
    while index < bytes.count, bytes.count >= 8 {
      // The last eight bytes may overlap with those checked before, so the load stays in the span.
      index = min(index, bytes.count &- 8)
      let eight = unsafe bytes.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: index, as: UInt64.self)
      // A tab is allowed in a field value: the loop below checks byte by byte.
      guard !eight.hasControlByte else { break }
      index &+= 8
    }
    while index < bytes.count, bytes[index].isFieldValue { index &+= 1 }
    return range.lowerBound &+ index
  }

  /// The index of the first byte in `range` that is neither in `set` nor part of a complete
  /// percent-encoding, RFC 3986 §2.1; the range's end if there is none.
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
  /// Source: S. E. Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n" and
  /// "a zero byte". A byte's high bit in `below` or `deletes` is set if the byte is one, or if its
  /// own high bit is set; `& ~self` removes the latter.
  @inline(__always)
  fileprivate var hasControlByte: Bool {
    let below = self &- (0x20 * .eachByte)
    let deletes = (self ^ (0x7f * .eachByte)) &- .eachByte
    return (below | deletes) & ~self & (0x80 * .eachByte) != 0
  }
}
