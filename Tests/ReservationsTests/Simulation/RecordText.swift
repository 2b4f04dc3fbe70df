/// Reads the lines of a record without the code under test.
enum RecordText {
  /// The value of a line, except the first.
  static func value(_ name: String, in bytes: [UInt8]) -> String? {
    let start = Array("\n\(name) ".utf8)
    guard let range = bytes.firstRange(of: start) else { return nil }
    return String(
      decoding: bytes[range.upperBound...].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  static func number(_ name: String, in bytes: [UInt8]) -> Int64? {
    value(name, in: bytes).flatMap { Int64($0) }
  }
}
