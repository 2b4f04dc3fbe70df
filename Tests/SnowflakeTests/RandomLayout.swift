import Snowflake
import TestSupport

extension SnowflakeLayout {
  /// Any layout that there can be, the extremes more often than by chance.
  static func random(
    sequenceBits: ClosedRange<Int> = 1...61, using random: inout SplitMix64
  ) -> SnowflakeLayout {
    while true {
      let bits = [1...61, 1...61, sequenceBits].map { Int.random(in: $0, using: &random) }
      let unit = [1, 2, 7, 10, 1000, Int64.random(in: 1...1000, using: &random)]
      let epoch = [
        0, 1, 1_409_529_600_000, 253_402_300_799_000,
        Int64.random(in: 0...4_000_000_000_000, using: &random),
        Int64.random(in: 0...253_402_300_799_000, using: &random),
      ]
      // Two times in three, the bits are too many.
      if let layout = try? SnowflakeLayout(
        timestampBits: bits[0], machineIDBits: bits[1], sequenceBits: bits[2],
        order: random.next() % 2 == 0 ? .machineIDFirst : .sequenceFirst,
        unitMilliseconds: unit[Int.random(in: 0..<unit.count, using: &random)],
        epochUnixMilliseconds: epoch[Int.random(in: 0..<epoch.count, using: &random)])
      {
        return layout
      }
    }
  }

  /// The ID with these parts, joined by arithmetic alone.
  func joined(timestamp: Int64, machineID: UInt64, sequence: UInt64) -> UInt64 {
    let (machines, sequences): (UInt64, UInt64) = (1 << machineIDBits, 1 << sequenceBits)
    let time = UInt64(timestamp) * machines * sequences
    return switch order {
    case .machineIDFirst: time + machineID * sequences + sequence
    case .sequenceFirst: time + sequence * machines + machineID
    }
  }

  /// The first millisecond after the layout's time: all bits are used, or the year 9999 is.
  var naiveEnd: Int64 {
    let year10000: Int64 = 253_402_300_800_000
    let units = min(
      1 << timestampBits, (year10000 - epochUnixMilliseconds) / unitMilliseconds)
    return epochUnixMilliseconds + units * unitMilliseconds
  }
}
