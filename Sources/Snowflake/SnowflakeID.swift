/// A 64-bit, time-ordered, unique identifier.
///
/// Its parts follow from the layout that made it: ``SnowflakeLayout/parts(of:)``. IDs of one layout
/// sort as their integers do, by time first.
public struct SnowflakeID: RawRepresentable, Hashable, Sendable {
  /// The ID as an integer, 0…2^63 − 1.
  public let rawValue: UInt64

  /// The ID with these 64 bits, or `nil` if the top bit is set.
  public init?(rawValue: UInt64) {
    guard rawValue <= Self.maximumRawValue else { return nil }
    self.rawValue = rawValue
  }

  /// The ID with these 64 bits. The caller has checked that the top bit is 0.
  init(unchecked rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// 2^63 − 1.
  public static let maximumRawValue = UInt64(Int64.max)
}

// MARK: - Order and text

extension SnowflakeID: Comparable {
  public static func < (left: SnowflakeID, right: SnowflakeID) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension SnowflakeID: LosslessStringConvertible {
  /// The ID in decimal digits.
  public var description: String { String(rawValue) }

  /// Parses an ID in decimal digits. `nil` if the text is empty, if it has any other character (a
  /// sign, a space, a separator), or if the value is above 2^63 − 1.
  public init?(_ description: String) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard description.utf8.allSatisfy(digits.contains), let rawValue = UInt64(description)
    else { return nil }
    self.init(rawValue: rawValue)
  }
}

/// Encoded as an integer. Decoded from an integer or from a string of digits: JavaScript clients
/// must send strings, because their numbers are exact up to 2^53 only.
extension SnowflakeID: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let id =
      if let digits = try? container.decode(String.self) {
        SnowflakeID(digits)
      } else {
        SnowflakeID(rawValue: try container.decode(UInt64.self))
      }
    guard let id else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "A Snowflake ID is an integer from 0 to 2^63 - 1.")
    }
    self = id
  }
}
