import HTTP1
public import Snowflake

extension SnowflakeID {
  /// The ID and its parts as a JSON object.
  public var json: String {
    """
    {"id": \(rawValue), "timestamp_ms": \(timestamp), "timestamp": "\(time)", \
    "machine_id": \(machineID), "sequence": \(sequence)}
    """
  }

  /// The length of ``json`` in bytes, without formatting it: only the numbers vary in length.
  var jsonByteCount: Int {
    Self.jsonTextByteCount
      + [rawValue, UInt64(timestamp), UInt64(machineID), UInt64(sequence)].reduce(0) {
        $0 + $1.decimalDigitCount
      }
  }

  /// The length without the digits of the four numbers; each has one digit in ID 0.
  private static let jsonTextByteCount = (SnowflakeID(rawValue: 0)?.json.utf8.count ?? 0) - 4
}
