/// Keeps, for each machine ID, the limit of the timestamps that its process may use, durably, and
/// sees to it that each has one process at most.
///
/// The results come on the loop's thread, during the call or later. There is one request at a time.
package protocol ReservationStore: AnyObject {
  /// Takes the lowest of these machine IDs that no other process has, until ``release``.
  func claim(
    _ machineIDs: ClosedRange<Int>,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void)

  /// Makes a new limit durable, and only then reports success.
  ///
  /// - Parameter limit: in milliseconds since the epoch of the format.
  func extend(to limit: Int64, _ completion: @escaping (StoreError?) -> Void)

  /// Makes the last limit durable and gives the machine ID back, whether that succeeded or not.
  func release(limit: Int64, _ completion: @escaping (StoreError?) -> Void)
}

/// What a process has got from a store.
package struct ReservationClaim: Equatable, Sendable {
  /// 0…1023.
  package var machineID: Int
  /// The durable limit: nobody has used a timestamp from there on, and this process begins there.
  /// In milliseconds since the epoch of the format; 0 if the machine ID is new.
  package var start: Int64

  package init(machineID: Int, start: Int64) {
    self.machineID = machineID
    self.start = start
  }
}

/// Why a store refuses, or cannot do, what it is asked.
public enum StoreError: Error, Equatable, CustomStringConvertible {
  /// Another process has the machine ID.
  case held(machineID: Int, processID: Int?)
  /// Other processes have all of the machine IDs.
  case noneFree(ClosedRange<Int>)
  /// What is stored cannot be understood, and is not guessed at.
  case unreadable(name: String, reason: String)
  /// What was claimed is no longer there, and another process could claim it, too.
  case lost(name: String)
  /// The system refused.
  case system(name: String, reason: String)

  public var description: String {
    switch self {
    case .held(let machineID, let processID):
      "machine ID \(machineID) is in use by "
        + (processID.map { "process \($0)" } ?? "another process")
    case .noneFree(let range):
      "all machine IDs from \(range.lowerBound) to \(range.upperBound) are in use"
    case .unreadable(let name, let reason):
      "\(name) is not a reservation that can be trusted: \(reason). If no ID with its machine ID "
        + "can be newer than this second, delete it"
    case .lost(let name):
      "\(name) has been deleted or replaced, and no longer keeps others off its machine ID"
    case .system(let name, let reason): "\(name): \(reason)"
    }
  }
}
