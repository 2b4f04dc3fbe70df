/// How the 64 bits of an ID are divided, and what its timestamp counts.
///
/// ```
///  63  62                                     22 21          12 11           0
/// +---+------------------------------------------+-------------+--------------+
/// | 0 | milliseconds since 2024-01-01T00:00:00Z  | machine ID  | sequence     |
/// +---+------------------------------------------+-------------+--------------+
///   1                     41                           10             12        bits
/// ```
///
/// This is ``default``. The timestamp is always the highest field, so IDs sort by time. Bits above
/// it are 0, so an ID is positive in a signed integer of 64 bits.
///
/// All IDs in one column must have the same layout: two layouts can make the same ID.
public struct SnowflakeLayout: Hashable, Sendable {
  /// The order of the two fields below the timestamp.
  public enum Order: Hashable, Sendable {
    /// The machine ID above the sequence, as in Twitter's Snowflake: a machine's IDs of one
    /// unit of time are consecutive.
    case machineIDFirst
    /// The sequence above the machine ID, as in Sonyflake.
    case sequenceFirst
  }

  /// The bits of the timestamp, 1…61.
  public let timestampBits: Int
  /// The bits of the machine ID, 1…61.
  public let machineIDBits: Int
  /// The bits of the sequence, 1…61.
  public let sequenceBits: Int
  /// The order of machine ID and sequence.
  public let order: Order
  /// The unit of the timestamp in milliseconds, 1…1000.
  public let unitMilliseconds: Int64
  /// The time of timestamp 0, in milliseconds since 1970-01-01T00:00:00Z: 0 to the beginning of the
  /// last second of the year 9999.
  public let epochUnixMilliseconds: Int64

  /// A layout of these fields.
  ///
  /// - Parameters:
  ///   - timestampBits: 1 or more; all three fields have at most 63 bits together.
  ///   - machineIDBits: 1 or more.
  ///   - sequenceBits: 1 or more.
  ///   - order: the order of machine ID and sequence.
  ///   - unitMilliseconds: the unit of the timestamp, 1…1000.
  ///   - epochUnixMilliseconds: the time of timestamp 0, in milliseconds since 1970: 0 to the
  ///     beginning of the last second of the year 9999.
  /// - Throws: ``SnowflakeLayoutError`` if a value is outside its range.
  public init(
    timestampBits: Int, machineIDBits: Int, sequenceBits: Int, order: Order = .machineIDFirst,
    unitMilliseconds: Int64 = 1, epochUnixMilliseconds: Int64
  ) throws(SnowflakeLayoutError) {
    let bits = [timestampBits, machineIDBits, sequenceBits]
    // Each by itself first, so that the sum cannot overflow.
    guard bits.allSatisfy({ 1...Self.maximumBits ~= $0 }), bits.reduce(0, +) <= Self.maximumBits
    else {
      throw .bits(
        timestamp: timestampBits, machineID: machineIDBits, sequence: sequenceBits)
    }
    guard Self.units.contains(unitMilliseconds) else { throw .unit(milliseconds: unitMilliseconds) }
    guard Self.epochs.contains(epochUnixMilliseconds) else {
      throw .epoch(unixMilliseconds: epochUnixMilliseconds)
    }
    self.init(
      unchecked: (timestampBits, machineIDBits, sequenceBits), order,
      unitMilliseconds: unitMilliseconds, epochUnixMilliseconds: epochUnixMilliseconds)
  }

  /// The layout of these fields, whose ranges the caller has checked.
  init(
    unchecked bits: (timestamp: Int, machineID: Int, sequence: Int), _ order: Order,
    unitMilliseconds: Int64, epochUnixMilliseconds: Int64
  ) {
    (timestampBits, machineIDBits, sequenceBits) = bits
    self.order = order
    self.unitMilliseconds = unitMilliseconds
    self.epochUnixMilliseconds = epochUnixMilliseconds
  }

  /// The same layout with another epoch.
  ///
  /// - Parameter epochUnixMilliseconds: the time of timestamp 0, in milliseconds since 1970: 0 to
  ///   the beginning of the last second of the year 9999.
  /// - Throws: ``SnowflakeLayoutError/epoch(unixMilliseconds:)`` if it is outside that range.
  public func with(
    epochUnixMilliseconds: Int64
  ) throws(SnowflakeLayoutError) -> SnowflakeLayout {
    try SnowflakeLayout(
      timestampBits: timestampBits, machineIDBits: machineIDBits, sequenceBits: sequenceBits,
      order: order, unitMilliseconds: unitMilliseconds,
      epochUnixMilliseconds: epochUnixMilliseconds)
  }

  static let maximumBits = 63
  static let units: ClosedRange<Int64> = 1...1000
  /// Up to the beginning of the last second of the year 9999, so that every layout has a timestamp.
  static let epochs: ClosedRange<Int64> =
    0...UTCTime.greatestUnixMilliseconds + 1 - units.upperBound
}

// MARK: - Limits

extension SnowflakeLayout {
  /// The greatest timestamp, in units since the epoch: that of all bits set, or that of the last
  /// unit that ends in the year 9999, the last year that RFC 3339 can express.
  public var maximumTimestamp: Int64 {
    let remaining = UTCTime.greatestUnixMilliseconds + 1 - epochUnixMilliseconds
    return min(1 << Int64(timestampBits), remaining / unitMilliseconds) - 1
  }

  /// The greatest machine ID; the least is 0.
  public var maximumMachineID: Int { 1 << machineIDBits - 1 }

  /// The greatest sequence; the least is 0.
  public var maximumSequence: Int { 1 << sequenceBits - 1 }

  /// The greatest ID; the least is 0.
  public var maximumID: SnowflakeID {
    id(
      timestamp: maximumTimestamp, machineID: UInt64(maximumMachineID),
      sequence: UInt64(maximumSequence))
  }

  /// The last millisecond in which an ID can be made, in milliseconds since 1970.
  public var lastUnixMilliseconds: Int64 { endUnixMilliseconds - 1 }

  /// The last millisecond in which an ID can be made, as a date and time in UTC.
  public var lastTime: UTCTime { UTCTime(unixMilliseconds: lastUnixMilliseconds) }

  /// The epoch as a date and time in UTC.
  public var epoch: UTCTime { UTCTime(unixMilliseconds: epochUnixMilliseconds) }

  /// The number of IDs that one machine can make in a second, rounded down; at most `Int.max`.
  public var idsPerSecond: Int {
    let unit = UInt(unitMilliseconds)
    let in1000Units = (UInt(maximumSequence) + 1).multipliedFullWidth(by: 1000)
    guard in1000Units.high < unit else { return .max }
    return Int(clamping: unit.dividingFullWidth(in1000Units).quotient)
  }

  /// The first millisecond after the last timestamp, in milliseconds since 1970.
  package var endUnixMilliseconds: Int64 { unixMilliseconds(ofTimestamp: maximumTimestamp + 1) }
}

// MARK: - Conversions

extension SnowflakeLayout {
  /// The parts of an ID of this layout.
  ///
  /// - Returns: `nil` if the ID is above ``maximumID``, so that this layout cannot have made it.
  public func parts(of id: SnowflakeID) -> SnowflakeParts? {
    id <= maximumID ? parts(ofOwn: id) : nil
  }

  /// The parts of an ID that this layout has made.
  package func parts(ofOwn id: SnowflakeID) -> SnowflakeParts {
    let timestamp = Int64(id.rawValue &>> timestampShift)
    return SnowflakeParts(
      timestamp: timestamp,
      machineID: Int(id.rawValue &>> machineIDShift) & maximumMachineID,
      sequence: Int(id.rawValue &>> sequenceShift) & maximumSequence,
      unixMilliseconds: unixMilliseconds(ofTimestamp: timestamp))
  }

  /// The least and the greatest ID that can have been made at these times, on any machine.
  ///
  /// - Parameter times: milliseconds since 1970; what lies outside the layout's time is left out.
  /// - Returns: `nil` if no ID can have been made.
  public func ids(madeIn times: Range<Int64>) -> ClosedRange<SnowflakeID>? {
    let times = times.clamped(to: epochUnixMilliseconds..<endUnixMilliseconds)
    guard let last = times.last else { return nil }
    let timestamps = timestamp(at: times.lowerBound)...timestamp(at: last)
    let first = id(timestamp: timestamps.lowerBound, machineID: 0, sequence: 0)
    let greatest = id(
      timestamp: timestamps.upperBound, machineID: UInt64(maximumMachineID),
      sequence: UInt64(maximumSequence))
    return first...greatest
  }

  /// Joins the three parts, whose ranges the caller has checked.
  package func id(timestamp: Int64, machineID: UInt64, sequence: UInt64) -> SnowflakeID {
    SnowflakeID(
      unchecked: UInt64(truncatingIfNeeded: timestamp) &<< timestampShift
        | machineID &<< machineIDShift | sequence &<< sequenceShift)
  }

  /// The timestamp of this time.
  ///
  /// - Parameter unixMilliseconds: the epoch to ``lastUnixMilliseconds``.
  @inline(__always)
  func timestamp(at unixMilliseconds: Int64) -> Int64 {
    let milliseconds = unixMilliseconds - epochUnixMilliseconds
    // A division takes longer than all else that `next(at:)` does.
    return unitMilliseconds == 1 ? milliseconds : milliseconds / unitMilliseconds
  }

  /// The first millisecond of a timestamp.
  @inline(__always)
  func unixMilliseconds(ofTimestamp timestamp: Int64) -> Int64 {
    epochUnixMilliseconds + timestamp * unitMilliseconds
  }

  /// The first millisecond from which on every ID is greater than `id`, whichever layout made that;
  /// `nil` if there is none. In milliseconds since 1970.
  package func firstUnixMilliseconds(after id: SnowflakeID) -> Int64? {
    let timestamp = Int64(id.rawValue >> timestampShift) + 1
    return timestamp <= maximumTimestamp ? unixMilliseconds(ofTimestamp: timestamp) : nil
  }

  /// The number of bits above the timestamp, which are always 0: 1 or more.
  package var unusedBits: Int { 64 - timestampBits - machineIDBits - sequenceBits }
  /// The offset of the timestamp's lowest bit.
  package var timestampShift: UInt64 { UInt64(machineIDBits + sequenceBits) }
  /// The offset of the machine ID's lowest bit.
  package var machineIDShift: UInt64 { order == .machineIDFirst ? UInt64(sequenceBits) : 0 }
  /// The offset of the sequence's lowest bit.
  package var sequenceShift: UInt64 { order == .machineIDFirst ? 0 : UInt64(machineIDBits) }
}
