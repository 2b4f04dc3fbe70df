import Snowflake
import TestSupport
import Testing

/// What holds for every layout, by its definition and not by its shifts.
struct SnowflakeLayoutTests {
  typealias Order = SnowflakeLayout.Order

  static let randomLayouts: [SnowflakeLayout] = {
    var random = SplitMix64(seed: 16)
    return (0..<2000).map { _ in SnowflakeLayout.random(using: &random) }
  }()

  // MARK: - Which layouts there are

  @Test(arguments: [
    (0, 10, 12), (41, 0, 12), (41, 10, 0), (-1, 10, 12), (41, 10, -12), (42, 10, 12), (1, 1, 62),
    (62, 1, 1), (21, 21, 22), (.max, 1, 1), (.max, .max, .max), (.min, .min, .min),
    (.max, .min, 12),
  ])
  func bitsAreRefused(_ timestamp: Int, _ machineID: Int, _ sequence: Int) {
    let error = SnowflakeLayoutError.bits(
      timestamp: timestamp, machineID: machineID, sequence: sequence)
    #expect(throws: error) {
      try SnowflakeLayout(
        timestampBits: timestamp, machineIDBits: machineID, sequenceBits: sequence,
        epochUnixMilliseconds: 0)
    }
    #expect(error.description.hasPrefix("\(timestamp) bits for the timestamp, \(machineID) for "))
  }

  @Test(arguments: [.min, -1, 0, 1001, .max] as [Int64])
  func unitIsRefused(_ unit: Int64) {
    #expect(throws: SnowflakeLayoutError.unit(milliseconds: unit)) {
      try SnowflakeLayout(
        timestampBits: 41, machineIDBits: 10, sequenceBits: 12, unitMilliseconds: unit,
        epochUnixMilliseconds: 0)
    }
  }

  @Test(arguments: [.min, -1, 253_402_300_799_001, .max] as [Int64])
  func epochIsRefused(_ epoch: Int64) throws {
    let error = SnowflakeLayoutError.epoch(unixMilliseconds: epoch)
    #expect(throws: error) {
      try SnowflakeLayout(
        timestampBits: 41, machineIDBits: 10, sequenceBits: 12, epochUnixMilliseconds: epoch)
    }
    #expect(throws: error) { try SnowflakeLayout.sonyflake.with(epochUnixMilliseconds: epoch) }
  }

  @Test(arguments: [
    (
      SnowflakeLayoutError.bits(timestamp: 42, machineID: 10, sequence: 12),
      "42 bits for the timestamp, 10 for the machine ID and 12 for the sequence are 64: "
        + "each needs at least 1, and at most 63 are allowed together"
    ),
    (
      .bits(timestamp: .max, machineID: 1, sequence: 1),
      "9223372036854775807 bits for the timestamp, 1 for the machine ID and 1 for the sequence: "
        + "each needs at least 1, and at most 63 are allowed together"
    ),
    (.unit(milliseconds: 0), "a unit of 0 ms is out of range: 1 to 1000 is allowed"),
    (
      .epoch(unixMilliseconds: -1),
      "an epoch of -1 ms since 1970 is out of range: 0 to 253402300799000 is allowed"
    ),
  ])
  func errorsHaveTheFigures(_ error: SnowflakeLayoutError, _ expected: String) {
    #expect(error.description == expected)
  }

  @Test func anotherEpochIsAllThatChanges() throws {
    let layout = try SnowflakeLayout.sonyflake.with(epochUnixMilliseconds: 1_735_689_600_000)
    #expect(layout == .sonyflake2)
    #expect(layout.description == "sonyflake2")
    let later = try SnowflakeLayout.sonyflake.with(epochUnixMilliseconds: 1_735_689_600_001)
    #expect(
      later.description == "39 of 10 ms/8 sequence/16 machine since 2025-01-01T00:00:00.001Z")
    let discord = try SnowflakeLayout.default.with(epochUnixMilliseconds: 1_420_070_400_001)
    #expect(discord.description == "41/10/12 since 2015-01-01T00:00:00.001Z")
  }

  // MARK: - Parts

  /// Every split of the bits, in both orders, with each field at both of its ends.
  @Test(arguments: [Order.machineIDFirst, .sequenceFirst])
  func everySplitRoundTrips(_ order: Order) throws {
    for timestampBits in 1...61 {
      for machineIDBits in 1...(62 - timestampBits) {
        for sequenceBits in 1...(63 - timestampBits - machineIDBits) {
          let layout = try SnowflakeLayout(
            timestampBits: timestampBits, machineIDBits: machineIDBits, sequenceBits: sequenceBits,
            order: order, epochUnixMilliseconds: 1_704_067_200_000)
          guard edgesRoundTrip(layout) else {
            Issue.record("\(layout)")
            return
          }
        }
      }
    }
  }

  private func edgesRoundTrip(_ layout: SnowflakeLayout) -> Bool {
    (0..<8).allSatisfy { edge in
      roundTrips(
        layout, timestamp: edge & 1 == 0 ? 0 : layout.maximumTimestamp,
        machineID: edge & 2 == 0 ? 0 : layout.maximumMachineID,
        sequence: edge & 4 == 0 ? 0 : layout.maximumSequence)
    }
  }

  private func roundTrips(
    _ layout: SnowflakeLayout, timestamp: Int64, machineID: Int, sequence: Int
  ) -> Bool {
    let rawValue = layout.joined(
      timestamp: timestamp, machineID: UInt64(machineID), sequence: UInt64(sequence))
    let parts = SnowflakeID(rawValue: rawValue).flatMap(layout.parts(of:))
    let time = layout.epochUnixMilliseconds + timestamp * layout.unitMilliseconds
    return parts?.timestamp == timestamp && parts?.machineID == machineID
      && parts?.sequence == sequence && parts?.unixMilliseconds == time
  }

  @Test func randomPartsRoundTrip() {
    var random = SplitMix64(seed: 1)
    for layout in Self.randomLayouts {
      for _ in 0..<20 {
        let timestamp = Int64.random(in: 0...layout.maximumTimestamp, using: &random)
        let machineID = Int.random(in: 0...layout.maximumMachineID, using: &random)
        let sequence = Int.random(in: 0...layout.maximumSequence, using: &random)
        guard
          roundTrips(layout, timestamp: timestamp, machineID: machineID, sequence: sequence)
        else {
          Issue.record("\(layout): \(timestamp), \(machineID), \(sequence)")
          return
        }
      }
    }
  }

  /// Time first; within a timestamp by the next field, and then by the last.
  @Test func orderIsThatOfTheFields() {
    var random = SplitMix64(seed: 2)
    for layout in Self.randomLayouts {
      // Two values each, so that fields are often equal.
      func pick(_ maximum: Int) -> Int { random.next() % 2 == 0 ? maximum : maximum / 2 }
      func fields() -> [Int] {
        let low = [pick(layout.maximumMachineID), pick(layout.maximumSequence)]
        return [pick(Int(layout.maximumTimestamp))] + low
      }
      func id(_ fields: [Int]) -> UInt64 {
        layout.joined(
          timestamp: Int64(fields[0]), machineID: UInt64(fields[1]), sequence: UInt64(fields[2]))
      }
      for _ in 0..<20 {
        let (left, right) = (fields(), fields())
        let order = layout.order == .machineIDFirst ? [0, 1, 2] : [0, 2, 1]
        let (leftID, rightID) = (SnowflakeID(rawValue: id(left)), SnowflakeID(rawValue: id(right)))
        guard let leftID, let rightID, let leftParts = layout.parts(of: leftID),
          let rightParts = layout.parts(of: rightID)
        else {
          Issue.record("\(layout): \(left), \(right)")
          return
        }
        let precedes = order.map { left[$0] }.lexicographicallyPrecedes(order.map { right[$0] })
        #expect((leftID < rightID) == precedes)
        #expect(leftParts.timestamp < rightParts.timestamp ? leftID < rightID : true)
      }
    }
  }
}
