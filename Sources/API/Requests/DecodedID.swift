import HTTP1
package import Snowflake

/// An ID and its parts, as `/decode` and `idgen decode` show them.
package struct DecodedID: Sendable {
  package let id: SnowflakeID
  package let parts: SnowflakeParts
  /// The time at which the ID was made, in milliseconds since the layout's epoch.
  package let timestampMilliseconds: Int64

  /// `nil` if the ID is above the layout's maximum.
  package init?(_ id: SnowflakeID, by layout: SnowflakeLayout) {
    guard id <= layout.maximumID else { return nil }
    self.init(made: id, by: layout)
  }

  /// The parts of an ID that this layout has made.
  init(made id: SnowflakeID, by layout: SnowflakeLayout) {
    self.id = id
    parts = layout.parts(ofOwn: id)
    timestampMilliseconds = parts.unixMilliseconds - layout.epochUnixMilliseconds
  }

  /// The ID and its parts as a JSON object.
  package var json: String { json(.number) }

  /// - Parameter format: `.string` for the ID as a string.
  func json(_ format: IDFormat) -> String {
    """
    {"id": \(format.json(id)), "timestamp_ms": \(timestampMilliseconds), \
    "timestamp": "\(parts.time)", "machine_id": \(parts.machineID), "sequence": \(parts.sequence)}
    """
  }

  /// The length of ``json(_:)`` in bytes, without formatting it: only the numbers vary in length.
  func jsonByteCount(_ format: IDFormat) -> Int {
    let numbers = [
      id.rawValue, UInt64(timestampMilliseconds), UInt64(parts.machineID), UInt64(parts.sequence),
    ]
    return Self.jsonTextByteCount + (format == .string ? 2 : 0)
      + numbers.reduce(0) { $0 + $1.decimalDigitCount }
  }

  /// The length without the digits of the four numbers; each has one digit in ID 0.
  private static let jsonTextByteCount =
    (SnowflakeID(rawValue: 0).flatMap { DecodedID($0, by: .default) }?.json.utf8.count ?? 0) - 4
}
