/// The CRC-32 of IEEE 802.3, which gzip uses as well: RFC 1952 §8.
enum CRC32 {
  /// The table of remainders, one for each byte.
  private static let remainders: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0)
    }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var checksum = UInt32.max
    for byte in bytes {
      checksum = checksum >> 8 ^ remainders[Int((checksum ^ UInt32(byte)) & 0xFF)]
    }
    return ~checksum
  }
}
