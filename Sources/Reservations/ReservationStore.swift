import Snowflake

/// Keeps, for each machine ID, the limit of the timestamps that its owner may use, durably.
///
/// The one rule: a limit is recorded **before** a timestamp below it is used, and whoever comes next
/// begins at the recorded limit. So an owner that is paused, cut off or slow can only use what was
/// recorded for it, and nobody else ever gets that. Whatever else a store does, such as locks or
/// watching others, keeps two processes from taking a machine ID from each other for ever.
///
/// The results come on the loop's thread, during the call or later. There is one request at a time.
package protocol ReservationStore: AnyObject {
  /// Where it keeps reservations, for people: a folder, or addresses.
  var name: String { get }

  /// How it reserves.
  var policy: ReservationPolicy { get }

  /// Called when the store learns, without being asked, that another process has taken over what
  /// was claimed.
  var didLose: (StoreError) -> Void { get set }

  /// Called when a claim has to wait, and for what: once for each reason.
  var didWait: (String) -> Void { get set }

  /// Takes one of the machine IDs that `terms` name, and records what they say, until
  /// ``release(_:as:_:)`` or until another process takes it over.
  func claim(
    _ terms: ClaimTerms, _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void)

  /// Has a claim that waits for others end soon, with any result. What is under way is finished.
  func endClaim()

  /// Makes a later limit durable, and only then reports success.
  ///
  /// - Parameter held: what was recorded last, as far as this process knows. If another process has
  ///   recorded something since, nothing is written: that is ``StoreError/lost(name:owner:)``.
  func extend(
    _ held: Reservation, to next: Reservation, _ completion: @escaping (StoreError?) -> Void)

  /// Makes the last limit durable and gives the machine ID back, whether that succeeded or not.
  func release(
    _ held: Reservation, as last: Reservation, _ completion: @escaping (StoreError?) -> Void)

  /// Closes what keeps the event loop running. Nothing is asked or told after it.
  func close()

  /// What is recorded of all machine IDs, in their order; those that have no record are left out.
  /// Nothing is changed or claimed. See also ``MachineSlot/judged(at:by:)``.
  func list(_ completion: @escaping (Result<[MachineSlot], StoreError>) -> Void)
}

/// How a store reserves time.
package struct ReservationPolicy: Equatable, Sendable {
  /// The kind of store, such as `file`: a label of metrics.
  package var kind: String
  /// How far ahead time is reserved, unless it is set: see ``windowRange``.
  package var windowMilliseconds: Int64
  /// How long after a request that has failed the store is not asked again.
  package var retryMilliseconds: Int64
  /// How long a release may take at the end of the process.
  package var releaseMilliseconds: Int64 = 1000
  /// Whether a machine ID must also be renewed while nobody wants IDs, or others may take it.
  package var renewsAtRest: Bool

  package init(
    kind: String, windowMilliseconds: Int64, retryMilliseconds: Int64, renewsAtRest: Bool
  ) {
    self.kind = kind
    self.windowMilliseconds = windowMilliseconds
    self.retryMilliseconds = retryMilliseconds
    self.renewsAtRest = renewsAtRest
  }

  /// What the window can be, in milliseconds.
  package static let windowRange: ClosedRange<Int64> = 1000...3_600_000
}

/// What a process wants from a store when it starts.
package struct ClaimTerms {
  /// One of these, each 0…1023.
  package var machineIDs: ClosedRange<Int>
  /// How far ahead the process reserves time. One of several machine IDs is not taken if it begins
  /// later than that from now: its clock was ahead.
  package var windowMilliseconds: Int64
  /// Reads the clocks.
  package var clock: () -> ClockReading
  /// What is to be recorded with a machine ID of which this is known, or why it cannot be used. It
  /// changes nothing, and a store may ask again.
  package var reserve: (ReservationClaim) -> Result<Reservation, StartError>

  package init(
    machineIDs: ClosedRange<Int>, windowMilliseconds: Int64,
    clock: @escaping () -> ClockReading,
    reserve: @escaping (ReservationClaim) -> Result<Reservation, StartError>
  ) {
    self.machineIDs = machineIDs
    self.windowMilliseconds = windowMilliseconds
    self.clock = clock
    self.reserve = reserve
  }
}

/// What a process has got from a store, or could get.
package struct ReservationClaim: Equatable, Sendable {
  /// 0…1023.
  package var machineID: Int
  /// What an earlier owner has left: nobody has used a timestamp from its limit on, and this process
  /// begins there. The limit of a new machine ID is 0.
  package var found: Reservation
  /// What is recorded now, for this process. Its limit is that of `found` or later.
  package var reserved: Reservation
  /// Why other machine IDs were passed over, other than that another process has them.
  package var passedOver: [StoreError]
  /// What is recorded of the clock for other machine IDs.
  package var otherClocks: [RecordedClock]

  package init(
    machineID: Int, found: Reservation, passedOver: [StoreError] = [],
    otherClocks: [RecordedClock] = []
  ) {
    self.machineID = machineID
    self.found = found
    reserved = found
    self.passedOver = passedOver
    self.otherClocks = otherClocks
  }

  /// The same, with what the terms have it record.
  package func applying(_ terms: ClaimTerms) -> Result<ReservationClaim, StartError> {
    terms.reserve(self).map { reservation in
      var claim = self
      claim.reserved = reservation
      return claim
    }
  }
}
