public import Snowflake

extension SnowflakeID {
  /// The ID and its parts as a JSON object.
  public var json: String {
    """
    {"id": \(rawValue), "timestamp_ms": \(timestamp), "timestamp": "\(time)", \
    "machine_id": \(machineID), "sequence": \(sequence)}
    """
  }
}
