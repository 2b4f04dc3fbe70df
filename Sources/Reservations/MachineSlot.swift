/// What is recorded of one machine ID, for people.
package struct MachineSlot: Equatable, Sendable {
  package enum State: Equatable, Sendable {
    /// Nobody owns it. Whoever takes it begins at its limit.
    case free
    /// Owned, as far as the store knows.
    case held
    /// Owned, but the owner has not renewed it in time: `auto` takes it.
    case past
    /// What is recorded cannot be understood.
    case unreadable(StoreError)
  }

  /// 0…1023.
  package var machineID: Int
  package var state: State
  /// Who recorded it last; `nil` if nobody owns it.
  package var owner: ReservationOwner?
  /// In milliseconds since the epoch of the format; `nil` if it is not readable.
  package var limit: Int64?

  package init(machineID: Int, state: State, owner: ReservationOwner? = nil, limit: Int64? = nil) {
    self.machineID = machineID
    self.state = state
    self.owner = owner
    self.limit = limit
  }
}

extension MachineSlot {
  /// The same, with an owner taken for gone if it had to renew what it has, and its limit has passed.
  ///
  /// Where nothing is renewed at rest, a lock says who owns it, and the limit of an owner that makes no
  /// IDs passes.
  package func judged(at now: ClockReading, by policy: ReservationPolicy) -> MachineSlot {
    guard policy.renewsAtRest, state == .held, let limit, limit <= now.timestamp else {
      return self
    }
    var slot = self
    slot.state = .past
    return slot
  }
}
