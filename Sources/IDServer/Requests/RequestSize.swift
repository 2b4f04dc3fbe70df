import Snowflake

/// Whether a request wants a few IDs or many: each kind waits in a queue of its own.
///
/// Requests for a few go first in every millisecond, but while batches wait they get no more than half
/// of it. So whoever asks for one ID does not wait behind batches, and batches are not starved.
enum RequestSize: Int, CaseIterable {
  case few
  case batch

  /// How many IDs a request for a few wants at most.
  static let fewCount = 16

  init(idCount: Int) { self = idCount <= Self.fewCount ? .few : .batch }
}

/// How many requests wait for the next millisecond, by size.
struct WaiterCounts {
  subscript(size: RequestSize) -> Int {
    get { size == .few ? few : batch }
    set { if size == .few { few = newValue } else { batch = newValue } }
  }

  private(set) var few = 0
  private(set) var batch = 0

  var total: Int { few + batch }
}

/// How many IDs of one millisecond requests for a few have got while batches waited.
struct MillisecondShare {
  /// Half of what a millisecond has.
  static let idCount = (SnowflakeID.maximumSequence + 1) / 2

  private var timestamp: Int64 = -1
  private var usedCount = 0

  /// How many more there are for them.
  func remainingCount(at timestamp: Int64) -> Int {
    timestamp == self.timestamp ? Self.idCount - usedCount : Self.idCount
  }

  mutating func didTake(_ count: Int, at timestamp: Int64) {
    if timestamp != self.timestamp { (self.timestamp, usedCount) = (timestamp, 0) }
    usedCount += count
  }
}

extension Route {
  /// What it is queued by, if it must wait.
  var size: RequestSize {
    if case .ids(let count, _) = self { RequestSize(idCount: count) } else { .few }
  }
}

/// Resumes requests that wait, as far as the IDs of this millisecond go: those for a few first, each
/// kind in the order in which they came.
///
/// - Parameters:
///   - first: the request of a kind that has waited longest.
///   - resume: false if it still waits.
/// - Returns: whether any still waits.
func resumeWaiters<Waiter>(
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
