import Snowflake

/// A machine ID that could be had now.
struct EtcdCandidate {
  let machineID: Int
  /// What nobody may have changed meanwhile.
  let expectation: EtcdRequest.Expectation
  let found: Reservation
}

/// What one look at the machine IDs leaves to choose from.
struct EtcdChoice {
  /// One that this process has recorded itself, without hearing of it.
  private(set) var own: EtcdSlot?
  /// The lowest first; those whose owner's time is over only just next, for the owner could live if
  /// clocks are apart; those that begin in a moment last.
  private(set) var free: [EtcdCandidate] = []
  /// Those with an owner whose time is not over.
  private(set) var held: [EtcdSlot] = []
  /// Why others cannot be used.
  private(set) var passedOver: [StoreError] = []
  private var clocks: [Int: RecordedClock] = [:]

  init(_ slots: [Int: EtcdSlot], _ terms: ClaimTerms, _ store: EtcdStore, now: ClockReading) {
    var (recent, later): ([EtcdCandidate], [EtcdCandidate]) = ([], [])
    for machineID in terms.machineIDs {
      guard let slot = slots[machineID] else {
        free.append(
          EtcdCandidate(
            machineID: machineID, expectation: .absent, found: Reservation(limit: 0)))
        continue
      }
      switch slot.content {
      case .failure(let error): passedOver.append(error)
      case .success(let record):
        clocks[machineID] = record.reservation.clock
        let candidate = EtcdCandidate(
          machineID: machineID, expectation: .revision(slot.revision), found: record.reservation)
        let ahead = slot.limit - now.timestamp
        let longestWindow = max(
          record.owner?.windowMilliseconds ?? 0, terms.windowMilliseconds)
        if slot.owner?.number == store.ownerNumber {
          own = slot
        } else if ahead <= 0 {
          let isRecent = slot.owner != nil && ahead > -store.clockSkewMilliseconds
          if isRecent { recent.append(candidate) } else { free.append(candidate) }
        } else if slot.owner != nil, ahead <= longestWindow + store.clockSkewMilliseconds {
          held.append(slot)
        } else if ahead <= terms.windowMilliseconds || terms.machineIDs.count == 1 {
          later.append(candidate)
        } else {
          passedOver.append(
            .ahead(
              name: store.key(machineID),
              startUnixMilliseconds: slot.limit + SnowflakeID.epochUnixMilliseconds))
        }
      }
    }
    free += recent + later.sorted { $0.found.limit < $1.found.limit }
  }

  /// What a candidate offers, for the terms to judge.
  func claim(_ candidate: EtcdCandidate) -> ReservationClaim {
    var clocks = clocks
    clocks[candidate.machineID] = nil
    return ReservationClaim(
      machineID: candidate.machineID, found: candidate.found, passedOver: passedOver,
      otherClocks: Array(clocks.values))
  }
}
