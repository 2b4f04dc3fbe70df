import HTTP1
public import Snowflake

extension SnowflakeID {
  /// The ID and its parts as a JSON object.
  public var json: String { json(.number) }

  /// - Parameter format: `.string` for the ID as a string.
  func json(_ format: IDFormat) -> String {
    let quote = format == .string ? "\"" : ""
    return """
      {"id": \(quote)\(rawValue)\(quote), "timestamp_ms": \(timestamp), "timestamp": "\(time)", \
      "machine_id": \(machineID), "sequence": \(sequence)}
      """
  }

  /// The length of ``json(_:)`` in bytes, without formatting it: only the numbers vary in length.
  func jsonByteCount(_ format: IDFormat) -> Int {
    Self.jsonTextByteCount + (format == .string ? 2 : 0)
      + [rawValue, UInt64(timestamp), UInt64(machineID), UInt64(sequence)].reduce(0) {
        $0 + $1.decimalDigitCount
      }
  }

  /// The length without the digits of the four numbers; each has one digit in ID 0.
  private static let jsonTextByteCount = (SnowflakeID(rawValue: 0)?.json.utf8.count ?? 0) - 4
}
