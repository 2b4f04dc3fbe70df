import Snowflake
import TestSupport

/// Every ID that was ever made, to detect duplicates.
///
/// An ID counts when it is made, whether or not its process lives to send it. That is stricter than
/// what clients can see, and covers a kill at any later point.
struct IDLedger {
  /// The layout of all IDs.
  let layout: SnowflakeLayout
  /// For each timestamp of each machine, the sequences that were used.
  private var sequences: [Key: [ClosedRange<Int>]] = [:]
  private(set) var count = 0

  private struct Key: Hashable {
    let timestamp: Int64
    let machineID: Int
  }

  init(_ layout: SnowflakeLayout) { self.layout = layout }

  /// Records the IDs of a run.
  ///
  /// - Returns: whether all of them are new.
  mutating func insert(_ run: SnowflakeIDRun) -> Bool {
    count += run.count
    let first = layout.parts(ofOwn: run.first)
    let new = first.sequence...first.sequence + run.count - 1
    let key = Key(timestamp: first.timestamp, machineID: first.machineID)
    return Self.insert(new, into: &sequences[key, default: []])
  }

  /// Whether a run is in order: after the last ID of its process, on its machine, and within its
  /// timestamp.
  func isInOrder(_ run: SnowflakeIDRun, after last: SnowflakeID?, machineID: Int?) -> Bool {
    let first = layout.parts(ofOwn: run.first)
    return last.map { $0 < run.first } ?? true && first.machineID == machineID
      && first.sequence + run.count - 1 <= layout.maximumSequence
  }

  private static func insert(_ new: ClosedRange<Int>, into used: inout [ClosedRange<Int>]) -> Bool {
    let isNew = !used.contains { $0.overlaps(new) }
    if let last = used.last, last.upperBound + 1 == new.lowerBound {
      used[used.count - 1] = last.lowerBound...new.upperBound
    } else {
      used.append(new)
    }
    return isNew
  }
}

extension SnowflakeIDRun {
  /// The greatest ID.
  var last: SnowflakeID? { SnowflakeID(rawValue: first.rawValue + UInt64(count - 1) * step) }
}

/// The layouts that are simulated in turn, by the seed: they differ in the fields, the order and
/// the unit.
enum SimulatedLayouts {
  static let all = [SnowflakeLayout.default, .javascript, .sonyflake]

  static func layout(seed: UInt64) -> SnowflakeLayout { all[Int(seed % UInt64(all.count))] }
}
