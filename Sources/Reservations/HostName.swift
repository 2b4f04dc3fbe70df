import Glibc

/// The host's name, for operators.
package enum HostName {
  static let characterCounts = 1...64

  /// Reads the host's name; characters that a record cannot contain become dashes. The C function
  /// is `gethostname`.
  static func current() -> String {
    var name = [UInt8](repeating: 0, count: characterCounts.upperBound + 1)
    let status = unsafe name.withUnsafeMutableBytes { bytes in
      guard let start = unsafe bytes.bindMemory(to: CChar.self).baseAddress else {
        return Int32(-1)
      }
      return unsafe gethostname(start, bytes.count)
    }
    let bytes = name.prefix { $0 != 0 }.prefix(characterCounts.upperBound)
    guard status == 0, !bytes.isEmpty else { return "unknown" }
    return String(
      decoding: bytes.map { isAllowed($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
  }

  /// Whether a record can contain the name.
  static func isValid(_ name: String) -> Bool {
    characterCounts.contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed)
  }

  /// Letters, digits, dots, dashes and underscores.
  package static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
