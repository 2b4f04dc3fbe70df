public import Snowflake
public import UV

/// Why no machine ID could be had, or no time.
public enum StartError: Error, CustomStringConvertible {
  /// Outside 0…1023.
  case machineID(MachineIDError)
  /// The system refused something that the store needs on the event loop.
  case loop(UVError)
  /// The machine ID cannot be had, or its reservation not be read or written.
  case store(StoreError)
  /// The clock is further behind the reserved time than any crash explains.
  case clockBehindReservation(
    machineID: Int, startUnixMilliseconds: Int64, nowUnixMilliseconds: Int64)
  /// The clock reads earlier than any ID can be.
  case clockBeforeEpoch(unixMilliseconds: Int64)

  public var description: String {
    switch self {
    case .machineID(let error): "\(error)"
    case .loop(let error): "cannot open what the store needs: \(error)"
    case .store(let error): "\(error)"
    case .clockBehindReservation(let machineID, let start, let now):
      "the clock is \(start - now) ms behind the time that is reserved already: it reads "
        + "\(UTCTime(unixMilliseconds: now)), and machine ID \(machineID) begins at "
        + "\(UTCTime(unixMilliseconds: start)). If the clock is wrong, set it right. If it was ahead "
        + "before, or RESERVATION_MS was greater, wait, or use another machine ID; the record of this one may be deleted if no ID "
        + "that it made in that time is in use"
    case .clockBeforeEpoch(let now):
      "\(GeneratorError.clockBeforeEpoch(unixMilliseconds: now)): set the clock right"
    }
  }
}

/// What an operator should know of a start that has succeeded.
package enum StartWarning: Equatable, CustomStringConvertible {
  /// A machine ID that no other process has, and that could not be used.
  case passedOver(StoreError)
  /// Much time has passed since the clock was recorded, in an earlier boot of the host.
  case clockIsFarAhead(recordedUnixMilliseconds: Int64, nowUnixMilliseconds: Int64)

  package var description: String {
    switch self {
    case .passedOver(let error): "a machine ID was passed over: \(error)"
    case .clockIsFarAhead(let recorded, let now):
      "the clock reads \(UTCTime(unixMilliseconds: now)), and when it was last recorded, before the "
        + "host was booted, it read \(UTCTime(unixMilliseconds: recorded)): if it is ahead now, stop "
        + "this process and set it right"
    }
  }
}
