import Snowflake
import TestSupport

/// Every ID that was ever made, to detect duplicates.
///
/// An ID counts when it is made, whether or not its process lives to send it. That is stricter than
/// what clients can see, and covers a kill at any later point.
struct IDLedger {
  /// For each millisecond of each machine, the sequences that were used.
  private var sequences: [UInt64: [ClosedRange<Int>]] = [:]
  private(set) var count = 0

  /// Records the IDs of a run.
  ///
  /// - Returns: whether all of them are new.
  mutating func insert(_ run: SnowflakeIDRun) -> Bool {
    count += run.count
    let new = run.first.sequence...run.first.sequence + run.count - 1
    return Self.insert(new, into: &sequences[run.first.rawValue >> 12, default: []])
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
