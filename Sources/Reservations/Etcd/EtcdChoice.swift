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
  /// Free, or past by more than clocks may be apart. The lowest first, here and in `recent`.
  private var free: [EtcdCandidate] = []
  /// Past by less: with clocks apart, the owner may be alive.
  private var recent: [EtcdCandidate] = []
  /// Free, and their limit is still ahead. The earliest first.
  private var later: [EtcdCandidate] = []
  /// Those with an owner whose time is not over.
  private(set) var held: [EtcdSlot] = []
  /// Why others cannot be used.
  private(set) var passedOver: [StoreError] = []
  private var clocks: [Int: RecordedClock] = [:]

  init(_ slots: [Int: EtcdSlot], _ terms: ClaimTerms, _ store: EtcdStore, now: ClockReading) {
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
    later.sort { $0.found.limit < $1.found.limit }
  }

  /// The candidates of the best kind that there is.
  var candidates: [EtcdCandidate] { !free.isEmpty ? free : !recent.isEmpty ? recent : later }

  /// What a candidate offers, for the terms to judge.
  func claim(_ candidate: EtcdCandidate) -> ReservationClaim {
    var clocks = clocks
    clocks[candidate.machineID] = nil
    return ReservationClaim(
      machineID: candidate.machineID, found: candidate.found, passedOver: passedOver,
      otherClocks: Array(clocks.values))
  }
}
