import Snowflake

/// Why a store refuses a request or cannot carry it out.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another process has the machine ID.
  case held(machineID: Int, by: String? = nil)
  /// Other processes have all of the machine IDs that can be used.
  case noneFree(ClosedRange<Int>, passedOver: [StoreError] = [])
  /// The recorded limit is further ahead than one lease window: an earlier owner's clock was ahead.
  case ahead(name: String, startUnixMilliseconds: Int64)
  /// The record is damaged, or not one of this program.
  case unreadable(name: String, reason: String)
  /// The record is one of another layout: two layouts can make the same ID.
  indirect case otherLayout(LayoutMismatch)
  /// This process has lost its claim: another process has taken it over (then it is named), or
  /// could.
  case lost(name: String, owner: String? = nil)
  /// The store is another one than before, or has lost acknowledged writes.
  case restored(name: String, reason: String)
  /// The clocks of this host and of the store are too far apart to decide which owners are alive.
  case clockSkew(
    name: String, hereUnixMilliseconds: Int64, thereUnixMilliseconds: Int64,
    allowedMilliseconds: Int64)
  /// The system or the store refused the request, or did not answer.
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
      "\(name) is reserved up to \(UTCTime(unixMilliseconds: start)), by a process whose clock was "
        + "ahead"
    case .unreadable(let name, let reason):
      "\(name) is not a reservation that can be trusted: \(reason). Use another machine ID. Delete "
        + "it only if no process has this machine ID, and no ID that it made has a time later than "
        + "now"
    case .otherLayout(let mismatch): "\(mismatch)"
    case .lost(let name, let owner?): "\(name) was taken over by \(owner)"
    case .lost(let name, nil):
      "\(name) has been deleted or replaced, and no longer protects its machine ID"
    case .restored(let name, let reason):
      "\(name): \(reason). If it was restored from a backup, stop all machines, wait until the "
        + "time that they had reserved is over, and start them again"
    case .clockSkew(let name, let here, let there, let allowed):
      "the clock of this host reads \(UTCTime(unixMilliseconds: here)) and that of \(name) "
        + "\(UTCTime(unixMilliseconds: there)): they may be \(allowed) ms apart. Correct the wrong one"
    case .system(let name, let reason): "\(name): \(reason)"
    case .ended(let name): "\(name): the claim was ended"
    }
  }
}
