/// The lines of a record, read without the code that is tested.
enum RecordText {
  /// What a line says, the first excepted.
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
