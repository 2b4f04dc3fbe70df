import Snowflake

/// The machine IDs in one read of the records, sorted by whether they can be claimed.
struct EtcdChoice {
  /// The one that this process has claimed already, by a write whose answer it did not receive.
  private(set) var own: EtcdSlot?
  /// Those of the best kind available:
  /// - without a record; without an owner and with their limit past; or with an owner whose limit
  ///   has been past for longer than the clocks may be apart. The lowest first.
  /// - with an owner whose limit passed more recently: because of clock skew, it may be alive. The
  ///   lowest first.
  /// - without an owner, and their limit is ahead. If only one machine ID is requested, also one
  ///   whose limit is further ahead than a live owner's can be. The earliest first.
  var candidates: EtcdCandidates
  /// With an owner whose limit is ahead: it may be alive.
  private(set) var held: [EtcdSlot] = []
  /// Why others cannot be used.
  private(set) var passedOver: [StoreError] = []
  private var clocks: [Int: RecordedClock] = [:]

  init(_ slots: [Int: EtcdSlot], _ terms: ClaimTerms, _ store: EtcdStore, now: ClockReading) {
    let isOne = terms.machineIDs.lowerBound == terms.machineIDs.upperBound
    let present = slots.keys.filter(terms.machineIDs.contains).sorted()
    var (free, recent, later): ([EtcdCandidate], [EtcdCandidate], [EtcdCandidate]) = ([], [], [])
    for machineID in present {
      guard let slot = slots[machineID] else { continue }
      let owner = slot.owner
      switch slot.content {
      case .failure(let error): passedOver.append(error)
      case .success(let record):
        clocks[machineID] = record.reservation.clock
        let candidate = EtcdCandidate(
          machineID: machineID, expectation: .revision(slot.revision), found: record.reservation)
        let ahead = slot.limit - now.unixMilliseconds
        let longestWindow = max(
          record.owner?.leaseWindowMilliseconds ?? 0, terms.leaseWindowMilliseconds)
        if owner?.number == store.ownerNumber {
          own = slot
        } else if ahead <= 0 {
          let isRecent = owner != nil && ahead > -store.clockSkewMilliseconds
          if isRecent { recent.append(candidate) } else { free.append(candidate) }
        } else if owner != nil, ahead <= longestWindow + store.clockSkewMilliseconds {
          held.append(slot)
        } else if ahead <= terms.leaseWindowMilliseconds || isOne {
          later.append(candidate)
        } else {
          passedOver.append(
            .ahead(
              name: store.key(machineID),
              startUnixMilliseconds: slot.limit))
        }
      }
    }
    later.sort { $0.found.limit < $1.found.limit }
    candidates = EtcdCandidates(
      free, absent: terms.machineIDs, except: present,
      epochUnixMilliseconds: terms.layout.epochUnixMilliseconds)
    if candidates.count == 0 { candidates = EtcdCandidates(recent.isEmpty ? later : recent) }
  }

  /// The claim that a candidate allows, before ``ReservationClaim/applying(_:)``.
  func claim(_ candidate: EtcdCandidate) -> ReservationClaim {
    var clocks = clocks
    clocks[candidate.machineID] = nil
    return ReservationClaim(
      machineID: candidate.machineID, found: candidate.found, passedOver: passedOver,
      otherClocks: Array(clocks.values))
  }
}
