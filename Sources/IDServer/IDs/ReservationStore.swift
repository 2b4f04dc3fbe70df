import Snowflake

/// Keeps, for each machine ID, the limit of the timestamps that its process may use, durably, and
/// sees to it that each has one process at most.
///
/// The results come on the loop's thread, during the call or later. There is one request at a time.
package protocol ReservationStore: AnyObject {
  /// Where it keeps reservations, for people: a folder, or an address.
  var name: String { get }

  /// Takes one of these machine IDs until ``release(_:_:)``, or until the process ends.
  ///
  /// Of several, it is the lowest that can be used: those are passed over that another process has,
  /// that cannot be read or written, or that begin after `latestStart`.
  ///
  /// - Parameter latestStart: in milliseconds since the epoch of the format. A machine ID that is the
  ///   only one asked for is taken whatever its start.
  func claim(
    _ machineIDs: ClosedRange<Int>, latestStart: Int64,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void)

  /// Makes a later limit durable, and only then reports success.
  func extend(to reservation: Reservation, _ completion: @escaping (StoreError?) -> Void)

  /// Makes the last limit durable and gives the machine ID back, whether that succeeded or not.
  func release(_ reservation: Reservation, _ completion: @escaping (StoreError?) -> Void)
}

/// What is recorded of a machine ID.
package struct Reservation: Equatable, Sendable {
  /// No timestamp from here on has been used. In milliseconds since the epoch of the format.
  package var limit: Int64
  /// The clocks as they were when they were last believed; `nil` if the boot has no identity.
  package var clock: RecordedClock?

  package init(limit: Int64, clock: RecordedClock? = nil) {
    self.limit = limit
    self.clock = clock
  }
}

/// Both clocks at one moment, and the boot of the host in which that was.
package struct RecordedClock: Equatable, Sendable {
  /// See ``BootClock/bootID``.
  package var bootID: String
  /// 0 or more.
  package var unixMilliseconds: Int64
  /// Since that boot, 0 or more.
  package var monotonicMilliseconds: Int64

  package init(bootID: String, unixMilliseconds: Int64, monotonicMilliseconds: Int64) {
    self.bootID = bootID
    self.unixMilliseconds = unixMilliseconds
    self.monotonicMilliseconds = monotonicMilliseconds
  }
}

extension RecordedClock {
  /// 2200-01-01T00:00:00Z, long after the last ID.
  static let greatestMilliseconds: Int64 = 7_258_118_400_000

  /// Whether differences to any clock can be told without overflow, and a record holds it.
  var isPlausible: Bool {
    max(unixMilliseconds, monotonicMilliseconds) <= Self.greatestMilliseconds
  }
}

/// What a process has got from a store.
package struct ReservationClaim: Equatable, Sendable {
  /// 0…1023.
  package var machineID: Int
  /// Nobody has used a timestamp from its limit on, and this process begins there. The limit of a new
  /// machine ID is 0.
  package var reservation: Reservation
  /// Why lower machine IDs were passed over, other than that another process has them.
  package var passedOver: [StoreError]
  /// What is recorded of the clock for machine IDs that were looked at before this one.
  package var otherClocks: [RecordedClock]

  package init(
    machineID: Int, reservation: Reservation, passedOver: [StoreError] = [],
    otherClocks: [RecordedClock] = []
  ) {
    self.machineID = machineID
    self.reservation = reservation
    self.passedOver = passedOver
    self.otherClocks = otherClocks
  }
}

extension ReservationClaim {
  /// The last clock that any record of this boot holds; else that of the machine ID, of another boot.
  func lastClock(ofBoot bootID: String?, before now: ClockReading) -> RecordedClock? {
    let own = reservation.clock
    let clocks = (otherClocks + [own].compactMap { $0 }).filter {
      $0.bootID == bootID && $0.monotonicMilliseconds <= now.monotonicMilliseconds
    }
    return clocks.max { $0.monotonicMilliseconds < $1.monotonicMilliseconds }
      ?? (own?.bootID == bootID ? nil : own)
  }
}

/// Why a store refuses, or cannot do, what it is asked.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another process has the machine ID.
  case held(machineID: Int, processID: Int?)
  /// Other processes have all of the machine IDs that can be used.
  case noneFree(ClosedRange<Int>, passedOver: [StoreError] = [])
  /// The machine ID's IDs begin later than they may: its clock was ahead.
  case ahead(name: String, startUnixMilliseconds: Int64)
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
    case .noneFree(let range, let passedOver):
      "all machine IDs from \(range.lowerBound) to \(range.upperBound) are in use"
        + (passedOver.first.map { ", or cannot be used: \($0)" } ?? "")
    case .ahead(let name, let start):
      "\(name) is reserved up to \(UTCTime(unixMilliseconds: start)), when a clock was ahead"
    case .unreadable(let name, let reason):
      "\(name) is not a reservation that can be trusted: \(reason). Use another machine ID, or "
        + "delete the file if no ID with its machine ID can be newer than this second"
    case .lost(let name):
      "\(name) has been deleted or replaced, and no longer keeps others off its machine ID"
    case .system(let name, let reason): "\(name): \(reason)"
    }
  }
}
