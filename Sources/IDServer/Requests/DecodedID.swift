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

  /// How long ``json`` is, without making it: all but the numbers has one length.
  var jsonByteCount: Int {
    Self.jsonTextByteCount
      + [rawValue, UInt64(timestamp), UInt64(machineID), UInt64(sequence)].reduce(0) {
        $0 + $1.decimalDigitCount
      }
  }

  /// Of ID 0, each number has one digit.
  private static let jsonTextByteCount = (SnowflakeID(rawValue: 0)?.json.utf8.count ?? 0) - 4
}
