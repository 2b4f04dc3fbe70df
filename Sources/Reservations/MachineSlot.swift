/// The record of one machine ID, for operators.
package struct MachineSlot: Equatable, Sendable {
  package enum State: Equatable, Sendable {
    /// It has no owner. The next owner begins at its limit.
    case free
    /// It has an owner, as far as the store knows.
    case held
    /// It has an owner that has not renewed it in time: `auto` may take it over.
    case past
    /// The record is damaged.
    case unreadable(StoreError)
  }

  package var machineID: Int
  package var state: State
  /// The owner; `nil` if it has none.
  package var owner: ReservationOwner?
  /// In milliseconds since 1970; `nil` if the record is damaged.
  package var limit: Int64?

  package init(machineID: Int, state: State, owner: ReservationOwner? = nil, limit: Int64? = nil) {
    self.machineID = machineID
    self.state = state
    self.owner = owner
    self.limit = limit
  }
}

extension MachineSlot {
  /// The same slot, with the state `past` if its owner must renew it at rest and its limit has
  /// passed.
  ///
  /// Without renewal at rest, the lock shows the owner, and the limit of an idle owner passes.
  package func markingPast(at now: ClockReading, policy: ReservationPolicy) -> MachineSlot {
    guard policy.renewsAtRest, state == .held, let limit, limit <= now.unixMilliseconds else {
      return self
    }
    var slot = self
    slot.state = .past
    return slot
  }
}
