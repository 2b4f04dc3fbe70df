public import Snowflake
public import UV

/// Why a process could not claim a machine ID or reserve time.
public enum StartError: Error, CustomStringConvertible {
  /// Outside the layout's range.
  case machineID(MachineIDError)
  /// The system refused a handle that the store needs on the event loop.
  case loop(UVError)
  /// The machine ID cannot be claimed, or its record cannot be read or written.
  case store(StoreError)
  /// The clock is further behind the recorded limit than a crash can explain.
  case clockBehindReservation(
    machineID: Int, startUnixMilliseconds: Int64, nowUnixMilliseconds: Int64)
  /// The clock reads earlier than the epoch.
  case clockBeforeEpoch(unixMilliseconds: Int64, epochUnixMilliseconds: Int64)
  /// The layout does not make IDs greater than this one yet: it does from the first time on, or
  /// never if that is `nil`.
  case clockNotPast(SnowflakeID, firstUnixMilliseconds: Int64?, nowUnixMilliseconds: Int64)

  public var description: String {
    switch self {
    case .machineID(let error): "\(error)"
    case .loop(let error): "cannot open a handle for the store: \(error)"
    case .store(let error): "\(error)"
    case .clockBehindReservation(let machineID, let start, let now):
      "the clock is \(start - now) ms behind the time that is reserved already: it reads "
        + "\(UTCTime(unixMilliseconds: now)), and machine ID \(machineID) begins at "
        + "\(UTCTime(unixMilliseconds: start)). If the clock is wrong, correct it. If it was ahead "
        + "before, or RESERVATION_MS was larger, wait, or use another machine ID. Delete the record "
        + "of this one only if no ID that it made in that time is in use"
    case .clockBeforeEpoch(let now, let epoch):
      "\(GeneratorError.clockBeforeEpoch(unixMilliseconds: now, epochUnixMilliseconds: epoch)): "
        + "set the clock right"
    case .clockNotPast(let after, let first?, let now):
      "the clock reads \(UTCTime(unixMilliseconds: now)), and IDs are greater than \(after) from "
        + "\(UTCTime(unixMilliseconds: first)) on: wait until then, or use a layout with an earlier "
        + "epoch"
    case .clockNotPast(let after, nil, let now):
      "the clock reads \(UTCTime(unixMilliseconds: now)), and this layout ends before its IDs are "
        + "greater than \(after): use one with an earlier epoch, or with more bits below the "
        + "timestamp"
    }
  }
}

/// What an operator should check although the start has succeeded.
package enum StartWarning: Equatable, CustomStringConvertible {
  /// A machine ID could not be used, although no other process has it.
  case passedOver(StoreError)
  /// The clock reads much later than the one that was recorded in an earlier boot of the host.
  case clockIsFarAhead(recordedUnixMilliseconds: Int64, nowUnixMilliseconds: Int64)

  package var description: String {
    switch self {
    case .passedOver(let error): "skipped a machine ID: \(error)"
    case .clockIsFarAhead(let recorded, let now):
      "the clock reads \(UTCTime(unixMilliseconds: now)), more than a day after the last recorded "
        + "reading (\(UTCTime(unixMilliseconds: recorded)), before this boot): if it is wrong, stop "
        + "this process and correct it"
    }
  }
}
