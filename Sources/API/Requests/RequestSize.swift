import Snowflake

/// Whether a request is for a few IDs or a batch: each kind waits in a queue of its own.
///
/// In every millisecond, requests for a few go first, but while batches wait they get no more than
/// half of its IDs. So a client that requests one ID does not wait behind batches, and batches do
/// not starve.
package enum RequestSize: Int, CaseIterable {
  case few
  case batch

  /// The maximum number of IDs of a request for a few.
  static let fewCount = 16

  init(idCount: Int) { self = idCount <= Self.fewCount ? .few : .batch }
}

/// The number of requests that wait for the next millisecond, by size.
struct WaiterCounts {
  subscript(size: RequestSize) -> Int {
    get { size == .few ? few : batch }
    set { if size == .few { few = newValue } else { batch = newValue } }
  }

  private(set) var few = 0
  private(set) var batch = 0

  var total: Int { few + batch }
}

/// The number of IDs of one timestamp that requests for a few have used while batches waited.
struct TimestampShare {
  /// Half of a timestamp's IDs.
  let idCount: Int

  private var timestamp: Int64 = -1
  private var usedCount = 0

  init(of layout: SnowflakeLayout) { idCount = (layout.maximumSequence + 1) / 2 }

  /// The number of IDs that are left for them.
  func remainingCount(at timestamp: Int64) -> Int {
    timestamp == self.timestamp ? idCount - usedCount : idCount
  }

  mutating func didTake(_ count: Int, at timestamp: Int64) {
    if timestamp != self.timestamp { (self.timestamp, usedCount) = (timestamp, 0) }
    usedCount += count
  }
}

extension Route {
  /// The queue in which it waits, if it must wait.
  var size: RequestSize {
    if case .ids(let count, _) = self { RequestSize(idCount: count) } else { .few }
  }
}

/// Resumes waiting requests until the IDs of this millisecond are used up: those for a few first,
/// each kind in order of arrival.
///
/// - Parameters:
///   - first: returns the request of a kind that has waited longest.
///   - resume: resumes a request; returns false if it still waits.
/// - Returns: whether any request still waits.
package func resumeWaiters<Waiter>(
  first: (RequestSize) -> Waiter?, resume: (Waiter) -> Bool
) -> Bool {
  var isAnyWaiting = false
  for size in RequestSize.allCases {
    while let waiter = first(size) {
      guard resume(waiter) else {
        isAnyWaiting = true
        break
      }
    }
  }
  return isAnyWaiting
}
