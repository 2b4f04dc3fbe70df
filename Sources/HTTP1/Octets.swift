import Glibc

extension UInt8 {
  // Computed, so that other modules get the constant instead of a call for its address.
  @inline(__always)
  public static var lineFeed: UInt8 { UInt8(ascii: "\n") }
  @inline(__always)
  public static var space: UInt8 { UInt8(ascii: " ") }
  static let tab = UInt8(ascii: "\t")
  static let carriageReturn = UInt8(ascii: "\r")
  static let colon = UInt8(ascii: ":")
  static let comma = UInt8(ascii: ",")
  static let semicolon = UInt8(ascii: ";")

  /// `OWS`, RFC 9110 §5.6.3.
  @inline(__always)
  var isWhitespace: Bool { self == .space || self == .tab }

  public var isDigit: Bool { 0x30...0x39 ~= self }

  /// 0…15, or `nil` if the byte is not a hexadecimal digit.
  var hexadecimalValue: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x41 + 10
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }
}

extension Span<UInt8> {
  /// The index of the first `byte` in `range`. The C function is `memchr`.
  @inline(__always)
  public func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    // The pointer does not leave the closure, which the span outlives.
    unsafe extracting(range).withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress, let hit = unsafe memchr(base, Int32(byte), bytes.count)
      else { return nil }
      return unsafe range.lowerBound &+ (UnsafeRawPointer(hit) - UnsafeRawPointer(base))
    }
  }

  public func contains(_ byte: UInt8, in range: Range<Int>) -> Bool {
    firstIndex(of: byte, in: range) != nil
  }

  /// Whether the bytes at `index` begin with `prefix`. The C function is `memcmp`.
  public func hasBytes(_ prefix: [UInt8], at index: Int) -> Bool {
    guard count - index >= prefix.count else { return false }
    // Neither pointer leaves its closure; the range is in bounds.
    return unsafe extracting(index..<index + prefix.count).withUnsafeBytes { bytes in
      unsafe prefix.withUnsafeBytes { prefix in
        guard let left = bytes.baseAddress, let right = prefix.baseAddress else { return true }
        return unsafe memcmp(left, right, prefix.count) == 0
      }
    }
  }

  /// Whether the bytes in `range` are `text`, byte for byte.
  @inline(__always)
  public func hasBytes(_ text: StaticString, in range: Range<Int>) -> Bool {
    allPairs(text, in: range) { $0 == $1 }
  }

  /// Whether the bytes in `range` are `text`, case-insensitive.
  ///
  /// - Parameter text: lowercase ASCII.
  @inline(__always)
  public func equals(_ text: StaticString, in range: Range<Int>) -> Bool {
    // Setting bit 0x20 makes a letter lowercase. Any other byte must be equal.
    allPairs(text, in: range) { 0x61...0x7A ~= $1 ? $0 | 0x20 == $1 : $0 == $1 }
  }

  @inline(__always)
  private func allPairs(
    _ text: StaticString, in range: Range<Int>, _ match: (UInt8, UInt8) -> Bool
  ) -> Bool {
    let bytes = extracting(range)
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    let expected = unsafe text.utf8Start
    for offset in 0..<text.utf8CodeUnitCount {
      // A StaticString lives as long as the program; the offset is below its count.
      guard unsafe match(bytes[offset], expected[offset]) else { return false }
    }
    return true
  }

  /// `range` without leading and trailing whitespace.
  @inline(__always)
  public func trimming(_ range: Range<Int>) -> Range<Int> {
    let bytes = extracting(range)
    var (start, end) = (0, bytes.count)
    while start < end, bytes[start].isWhitespace { start &+= 1 }
    while end > start, bytes[end &- 1].isWhitespace { end &-= 1 }
    return range.lowerBound &+ start..<range.lowerBound &+ end
  }

  /// Whether there is CR LF at `index`, and before `end`.
  @inline(__always)
  func beginsEmptyLine(at index: Int, before end: Int) -> Bool {
    end &- index >= 2 && self[index] == .carriageReturn && self[index &+ 1] == .lineFeed
  }

  /// The index of the first byte, from `start` on, that does not belong to an empty line.
  ///
  /// RFC 9112 §2.2: a server ignores empty lines before a request. A CR at the end of the bytes may
  /// begin one, so it is not skipped.
  public func skippingEmptyLines(from start: Int) -> Int {
    var index = start
    while beginsEmptyLine(at: index, before: count) { index += 2 }
    return index
  }

  /// Whether the only byte from `start` on is a CR.
  public func isCarriageReturnAlone(from start: Int) -> Bool {
    count - start == 1 && self[start] == .carriageReturn
  }

  /// Calls `body` with each element of a comma-separated list, trimmed; empty elements are skipped:
  /// RFC 9110 §5.6.1.2.
  ///
  /// Not for lists whose elements may be quoted strings that contain commas.
  public func forEachListElement<E: Error>(
    in range: Range<Int>, _ body: (Range<Int>) throws(E) -> Void
  ) throws(E) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = firstIndex(of: .comma, in: start..<range.upperBound) ?? range.upperBound
      let element = trimming(start..<end)
      if !element.isEmpty { try body(element) }
      start = end + 1
    }
  }

  /// Parses an unsigned decimal number.
  ///
  /// `nil` if the range is empty, if it contains anything but digits, or if the value is above
  /// `Int.max`.
  public func decimal(in range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    var value = 0
    for index in range {
      let byte = self[index]
      guard byte.isDigit else { return nil }
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !tooLarge, !overflow else { return nil }
      value = sum
    }
    return value
  }
}

// MARK: - Percent-encoding, RFC 3986 §2.1

extension Span<UInt8> {
  /// The bytes in `range` with each percent-encoding decoded.
  public func percentDecoded(_ range: Range<Int>) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = percentEncodedByte(at: index, before: range.upperBound)
      decoded.append(byte ?? self[index])
      index += byte == nil ? 1 : 3
    }
    return decoded
  }

  /// The byte that the percent-encoding at `index` encodes, or `nil` if there is none.
  func percentEncodedByte(at index: Int, before end: Int) -> UInt8? {
    guard self[index] == UInt8(ascii: "%"), end - index >= 3,
      let high = self[index + 1].hexadecimalValue, let low = self[index + 2].hexadecimalValue
    else { return nil }
    return high << 4 | low
  }

  /// The bytes in `range` as a string; what is not UTF-8 becomes U+FFFD. Not for the hot path.
  public func text(in range: Range<Int>) -> String {
    unsafe extracting(range).withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }
}

extension [UInt8] {
  /// Appends a copy of the bytes.
  public mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
