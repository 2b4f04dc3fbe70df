import Snowflake

/// Why a store refuses, or cannot do, what it is asked.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another process has the machine ID.
  case held(machineID: Int, by: String? = nil)
  /// Other processes have all of the machine IDs that can be used.
  case noneFree(ClosedRange<Int>, passedOver: [StoreError] = [])
  /// The machine ID's IDs begin later than they may: its clock was ahead.
  case ahead(name: String, startUnixMilliseconds: Int64)
  /// What is stored cannot be understood, and is not guessed at.
  case unreadable(name: String, reason: String)
  /// What was claimed is no longer this process's: another has taken it over (it is named), or could.
  case lost(name: String, owner: String? = nil)
  /// The store is not the one that it was, or has forgotten what it had acknowledged.
  case restored(name: String, reason: String)
  /// The clock of this host and that of the store are too far apart to tell who is alive.
  case clockSkew(
    name: String, hereUnixMilliseconds: Int64, thereUnixMilliseconds: Int64,
    allowedMilliseconds: Int64)
  /// The system, or the store, refused; or it did not answer.
  case system(name: String, reason: String)
  /// The process was told to stop before the store had answered.
  case ended(name: String)

  /// Whether another process has, or could have, the machine ID.
  var isLoss: Bool { if case .lost = self { true } else { false } }

  public var description: String {
    switch self {
    case .held(let machineID, let owner):
      "machine ID \(machineID) is in use by \(owner ?? "another process")"
    case .noneFree(let range, let passedOver):
      "all machine IDs from \(range.lowerBound) to \(range.upperBound) are in use"
        + (passedOver.first.map { ", or cannot be used: \($0)" } ?? "")
    case .ahead(let name, let start):
      "\(name) is reserved up to \(UTCTime(unixMilliseconds: start)), when a clock was ahead"
    case .unreadable(let name, let reason):
      "\(name) is not a reservation that can be trusted: \(reason). Use another machine ID, or "
        + "delete it if no ID with its machine ID can be newer than this second"
    case .lost(let name, let owner?): "\(name) now belongs to \(owner)"
    case .lost(let name, nil):
      "\(name) has been deleted or replaced, and no longer keeps others off its machine ID"
    case .restored(let name, let reason):
      "\(name): \(reason). If it was restored from a backup, stop all machines, wait until the "
        + "time that they had reserved is over, and start them again"
    case .clockSkew(let name, let here, let there, let allowed):
      "the clock of this host reads \(UTCTime(unixMilliseconds: here)) and that of \(name) "
        + "\(UTCTime(unixMilliseconds: there)): they may be \(allowed) ms apart. Set the wrong one "
        + "right"
    case .system(let name, let reason): "\(name): \(reason)"
    case .ended(let name): "\(name): the claim was ended"
    }
  }
}
