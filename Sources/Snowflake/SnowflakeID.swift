/// A 64-bit, time-ordered, unique identifier.
///
/// ```
///  63  62                                     22 21          12 11           0
/// +---+------------------------------------------+-------------+--------------+
/// | 0 | milliseconds since 2024-01-01T00:00:00Z  | machine ID  | sequence     |
/// +---+------------------------------------------+-------------+--------------+
///   1                     41                           10             12        bits
/// ```
///
/// IDs sort as their integers do: by time first, then by machine ID, then by sequence. The layout
/// is that of Twitter's Snowflake, with another epoch.
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

  /// Joins the three parts, whose ranges the caller has checked.
  init(timestamp: Int64, machineID: UInt64, sequence: UInt64) {
    rawValue =
      UInt64(truncatingIfNeeded: timestamp) << Self.timestampShift
      | machineID << Self.machineIDShift
      | sequence
  }

  /// Milliseconds since ``epochUnixMilliseconds``, 0…2^41 − 1.
  public var timestamp: Int64 { Int64(rawValue >> Self.timestampShift) }

  /// The machine that made the ID, 0…1023.
  public var machineID: Int { Int(rawValue >> Self.machineIDShift) & Self.maximumMachineID }

  /// The ID's number among those that its machine made in the same millisecond, 0…4095.
  public var sequence: Int { Int(rawValue) & Self.maximumSequence }

  /// The time at which the ID was made, in milliseconds since 1970-01-01T00:00:00Z.
  public var unixMilliseconds: Int64 { timestamp + Self.epochUnixMilliseconds }

  /// The time at which the ID was made, as a date and time in UTC.
  public var time: UTCTime { UTCTime(unixMilliseconds: unixMilliseconds) }
}

// MARK: - Layout

extension SnowflakeID {
  /// The epoch, 2024-01-01T00:00:00Z: timestamp 0.
  public static let epochUnixMilliseconds: Int64 = 1_704_067_200_000

  /// 2^41 − 1, which is 2093-09-06T15:47:35.551Z.
  public static let maximumTimestamp: Int64 = 1 << 41 - 1

  /// The latest time that an ID can have, in milliseconds since 1970: 2093-09-06T15:47:35.551Z.
  public static let lastUnixMilliseconds = epochUnixMilliseconds + maximumTimestamp

  /// 1023.
  public static let maximumMachineID = 1 << machineIDBits - 1

  /// 4095.
  public static let maximumSequence = 1 << sequenceBits - 1

  /// 2^63 − 1.
  public static let maximumRawValue = UInt64(Int64.max)

  static let machineIDBits = 10
  static let sequenceBits = 12
  static let machineIDShift = UInt64(sequenceBits)
  static let timestampShift = UInt64(sequenceBits + machineIDBits)
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
