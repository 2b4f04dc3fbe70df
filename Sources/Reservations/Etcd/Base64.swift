/// Base64 with the standard alphabet and padding: RFC 4648 §4. etcd's JSON gateway encodes keys and
/// values in it.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for offset in 0..<3 {
        group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0)
      }
      for place in 0..<4 {
        // `count` bytes make `count + 1` characters; the rest is padding.
        text.append(place <= count ? alphabet[Int(group >> (18 - 6 * place) & 63)] : padding)
      }
    }
    return text
  }

  /// `nil` unless the text is exactly what ``encode(_:)`` writes. Other characters, line breaks,
  /// missing or misplaced padding, and nonzero pad bits (RFC 4648 §3.5) are refused, so no two
  /// texts encode the same bytes.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    // Read once: each access to a static property checks whether it has been initialized.
    let values = Self.values
    var (group, digitCount, paddingCount): (UInt32, Int, Int) = (0, 0, 0)
    for character in text {
      if character == padding {
        paddingCount += 1
      } else {
        let value = values[Int(character)]
        guard value < 64, paddingCount == 0 else { return nil }
        group = group << 6 | UInt32(value)
        digitCount += 1
        guard digitCount.isMultiple(of: 4) else { continue }
        bytes.append(UInt8(truncatingIfNeeded: group >> 16))
        bytes.append(UInt8(truncatingIfNeeded: group >> 8))
        bytes.append(UInt8(truncatingIfNeeded: group))
        group = 0
      }
    }
    switch (paddingCount, group) {
    case (0, _): break
    case (1, let group) where group & 0b11 == 0:
      bytes += [UInt8(truncatingIfNeeded: group >> 10), UInt8(truncatingIfNeeded: group >> 2)]
    case (2, let group) where group & 0b1111 == 0:
      bytes.append(UInt8(truncatingIfNeeded: group >> 4))
    default: return nil
    }
    return bytes
  }

  private static let padding = UInt8(ascii: "=")
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  /// The value of each character of the alphabet; 64 for any other byte.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 64, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
