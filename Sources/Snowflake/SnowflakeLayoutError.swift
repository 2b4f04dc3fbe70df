/// Why there is no such layout.
public enum SnowflakeLayoutError: Error, Hashable, Sendable {
  /// A field has less than 1 bit, or all three have more than 63 together.
  case bits(timestamp: Int, machineID: Int, sequence: Int)
  /// The unit of the timestamp is outside 1…1000 ms.
  case unit(milliseconds: Int64)
  /// The epoch is before 1970, or after the last second of the year 9999 has begun.
  case epoch(unixMilliseconds: Int64)
}

extension SnowflakeLayoutError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .bits(let timestamp, let machineID, let sequence):
      let (sum, overflow) = [machineID, sequence].reduce((timestamp, false)) {
        let (sum, overflow) = $0.0.addingReportingOverflow($1)
        return (sum, $0.1 || overflow)
      }
      return "\(timestamp) bits for the timestamp, \(machineID) for the machine ID and \(sequence) "
        + "for the sequence\(overflow ? "" : " are \(sum)"): each needs at least 1, and at most "
        + "\(SnowflakeLayout.maximumBits) are allowed together"
    case .unit(let milliseconds):
      return "a unit of \(milliseconds) ms is out of range: "
        + "\(SnowflakeLayout.units.lowerBound) to \(SnowflakeLayout.units.upperBound) is allowed"
    case .epoch(let unixMilliseconds):
      return "an epoch of \(unixMilliseconds) ms since 1970 is out of range: "
        + "\(SnowflakeLayout.epochs.lowerBound) to \(SnowflakeLayout.epochs.upperBound) is allowed"
    }
  }
}
