import Snowflake

/// Whether a request is for a few IDs or a batch: each kind waits in a queue of its own.
///
/// In every timestamp, requests for a few go first, but while batches wait they get no more than
/// half of its IDs. So a client that requests one ID does not wait behind batches, and batches do
/// not starve.
package enum RequestSize: Int, CaseIterable {
  case few
  case batch

  /// The maximum number of IDs of a request for a few.
  static let fewCount = 16

  init(idCount: Int) { self = idCount <= Self.fewCount ? .few : .batch }
}

/// The number of requests that wait for the next timestamp, by size.
struct WaiterCounts {
  private(set) var few = Count()
  private(set) var batch = Count()

  /// Requests, and the IDs that they ask for together.
  struct Count {
    fileprivate(set) var requests = 0
    fileprivate(set) var ids = 0
  }

  private(set) subscript(size: RequestSize) -> Count {
    get { size == .few ? few : batch }
    set { if size == .few { few = newValue } else { batch = newValue } }
  }

  var total: Int { few.requests + batch.requests }

  mutating func change(_ route: Route, by change: Int) {
    self[route.size].requests += change
    self[route.size].ids += change * route.idCount
  }

  /// Whether one more request may wait.
  func hasPlace(for route: Route, within limits: LayoutLimits) -> Bool {
    let waiting = self[route.size]
    return waiting.requests < Limits.waitingCount
      && waiting.ids <= limits.waitingIDCount - route.idCount
  }
}

extension LayoutLimits {
  /// The maximum number of requests of a size that wait, if each asks for as few IDs as it can.
  func waitingCount(_ size: RequestSize) -> Int {
    let leastCount = size == .few ? 1 : RequestSize.fewCount + 1
    return min(Limits.waitingCount, waitingIDCount / leastCount)
  }
}

/// The number of IDs of one timestamp that requests for a few have used while batches waited.
struct TimestampShare {
  /// Half of a timestamp's IDs.
  let idCount: Int

  /// The first millisecond of that timestamp, since 1970.
  private var unixMilliseconds: Int64 = -1
  private var usedCount = 0

  init(of layout: SnowflakeLayout) { idCount = (layout.maximumSequence + 1) / 2 }

  /// The number of IDs that are left for them.
  ///
  /// - Parameter unixMilliseconds: the first millisecond of a timestamp, since 1970; if no ID has
  ///   been taken from it, any of its milliseconds.
  func remainingCount(at unixMilliseconds: Int64) -> Int {
    unixMilliseconds == self.unixMilliseconds ? idCount - usedCount : idCount
  }

  /// - Parameter unixMilliseconds: the first millisecond of the timestamp, since 1970.
  mutating func didTake(_ count: Int, at unixMilliseconds: Int64) {
    if unixMilliseconds != self.unixMilliseconds {
      (self.unixMilliseconds, usedCount) = (unixMilliseconds, 0)
    }
    usedCount += count
  }
}

extension Route {
  /// The queue in which it waits, if it must wait.
  var size: RequestSize {
    if case .ids(let count, _) = self { RequestSize(idCount: count) } else { .few }
  }

  /// The number of IDs that it waits for, if it must wait.
  var idCount: Int {
    if case .ids(let count, _) = self { count } else { 1 }
  }
}

/// Resumes waiting requests until the IDs of this timestamp are used up: those for a few first,
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
