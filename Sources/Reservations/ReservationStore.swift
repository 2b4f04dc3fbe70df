package import Snowflake

/// Keeps, for each machine ID, a durable high-water mark: the limit of the timestamps that its
/// owner may use.
///
/// The one rule: a limit is recorded **before** a timestamp below it is used, and the next owner
/// begins at the recorded limit. So an owner that is paused, partitioned or slow can use only what
/// was recorded for it, and no other process ever uses that. A store may also lock records or watch
/// other owners. That is not needed for safety; it prevents two processes from taking a machine ID
/// from each other again and again.
///
/// The results arrive on the loop's thread, during the call or later. There is one request at a
/// time.
package protocol ReservationStore: AnyObject {
  /// Where it keeps reservations, for operators: a folder, or addresses.
  var name: String { get }

  /// How it reserves.
  var policy: ReservationPolicy { get }

  /// Called when the store learns, without being asked, that another process has taken over the
  /// machine ID.
  var didLose: (StoreError) -> Void { get set }

  /// Called when a claim has to wait, with the reason: once for each reason.
  var didWait: (String) -> Void { get set }

  /// Claims one of the machine IDs in `terms` and records the reservation that they return. The
  /// claim lasts until ``release(_:as:_:)``, or until another process takes the machine ID over.
  func claim(
    _ terms: ClaimTerms, _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void)

  /// Ends a waiting claim soon, with any result. A request in progress completes first.
  func endClaim()

  /// Makes a later limit durable, and only then reports success.
  ///
  /// - Parameter held: the reservation that was recorded last, as far as this process knows. If
  ///   another process has recorded one since, nothing is written, and the result is
  ///   ``StoreError/lost(name:owner:)``.
  func renew(
    _ held: Reservation, to next: Reservation, _ completion: @escaping (StoreError?) -> Void)

  /// Makes the last limit durable, and releases the machine ID whether that succeeded or not.
  func release(
    _ held: Reservation, as last: Reservation, _ completion: @escaping (StoreError?) -> Void)

  /// Closes what keeps the event loop running. The store is not used afterwards, and calls nothing.
  func close()

  /// The records of all machine IDs, in their order; machine IDs without a record are left out. It
  /// changes and claims nothing. See also ``MachineSlot/markingPast(at:policy:)``.
  func list(_ completion: @escaping (Result<[MachineSlot], StoreError>) -> Void)
}

/// How a store reserves time.
package struct ReservationPolicy: Equatable, Sendable {
  /// The kind of store, such as `file`: a label of metrics.
  package var kind: String
  /// The default lease window, how far ahead time is reserved: see ``leaseWindowRange``.
  package var leaseWindowMilliseconds: Int64
  /// The delay before the next request after one that has failed.
  package var retryMilliseconds: Int64
  /// The maximum time for the release at the end of the process.
  package var releaseMilliseconds: Int64 = 1000
  /// Whether the owner must renew a machine ID even while no IDs are requested, because another
  /// process may otherwise take it over.
  package var renewsAtRest: Bool

  package init(
    kind: String, leaseWindowMilliseconds: Int64, retryMilliseconds: Int64, renewsAtRest: Bool
  ) {
    self.kind = kind
    self.leaseWindowMilliseconds = leaseWindowMilliseconds
    self.retryMilliseconds = retryMilliseconds
    self.renewsAtRest = renewsAtRest
  }

  /// The range of the lease window, in milliseconds.
  package static let leaseWindowRange: ClosedRange<Int64> = 1000...3_600_000
}

/// What a process wants from a store when it starts.
package struct ClaimTerms {
  /// The layout of the IDs; a record of another one is refused.
  package var layout: SnowflakeLayout
  /// The machine IDs of which the store claims one.
  package var machineIDs: ClosedRange<Int>
  /// The lease window. If there are several machine IDs, the store passes over one whose limit is
  /// further ahead than this: its clock was ahead.
  package var leaseWindowMilliseconds: Int64
  /// Reads the clocks.
  package var clock: () -> ClockReading
  /// Returns the reservation to record for a claim, or why the machine ID cannot be used. It has no
  /// side effects, and a store may call it again.
  package var reserve: (ReservationClaim) -> Result<Reservation, StartError>

  package init(
    layout: SnowflakeLayout, machineIDs: ClosedRange<Int>, leaseWindowMilliseconds: Int64,
    clock: @escaping () -> ClockReading,
    reserve: @escaping (ReservationClaim) -> Result<Reservation, StartError>
  ) {
    self.layout = layout
    self.machineIDs = machineIDs
    self.leaseWindowMilliseconds = leaseWindowMilliseconds
    self.clock = clock
    self.reserve = reserve
  }
}

/// A machine ID that a process has claimed, or could claim.
package struct ReservationClaim: Equatable, Sendable {
  package var machineID: Int
  /// The reservation of the previous owner: no timestamp from its limit on has been used, and this
  /// process begins there. The limit of a new machine ID is the layout's epoch.
  package var found: Reservation
  /// The reservation that is recorded now for this process. Its limit is that of `found` or later.
  package var reserved: Reservation
  /// Why other machine IDs were passed over, except those that another process has.
  package var passedOver: [StoreError]
  /// The clocks that are recorded for other machine IDs.
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

  /// The same claim, with the reservation that the terms return for it.
  package func applying(_ terms: ClaimTerms) -> Result<ReservationClaim, StartError> {
    terms.reserve(self).map { reservation in
      var claim = self
      claim.reserved = reservation
      return claim
    }
  }
}
