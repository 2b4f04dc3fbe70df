import Snowflake

/// Finds a machine ID that can be claimed, and claims it.
///
/// A machine ID is free if it has no record, was released, or if its owner's limit has passed: a
/// live owner would have renewed it. One whose limit has not passed is watched. If its owner renews
/// it meanwhile, that owner is alive.
final class EtcdSearch {
  struct Found {
    var claim: ReservationClaim
    /// The revision that recorded the claim.
    var revision: Int64
  }

  /// The delay before the records are read again.
  private static let pauseMilliseconds: Int64 = 500
  /// The maximum delay after another process has won a race.
  private static let lostRacePauseMilliseconds: UInt64 = 50

  private let store: EtcdStore
  private let terms: ClaimTerms
  private var completion: ((Result<Found, StartError>) -> Void)?
  private var isEnded = false
  /// The revision of each owned machine ID when it was read first.
  private var firstRevisions: [Int: Int64] = [:]
  /// The claims that this process has tried to record; the outcome of each may be unknown.
  private var attempts: [ReservationClaim] = []
  /// The revision of the last read of all records. A new record is created only if it would see
  /// no record that this read has not seen.
  private var revision: Int64 = 0
  /// The number of races that other processes have won.
  private var lostRaceCount = 0
  /// The last reason for waiting for etcd that was reported.
  private var reportedFailure: StoreError?
  private var hasReportedOwner = false

  init(
    _ store: EtcdStore, _ terms: ClaimTerms,
    _ completion: @escaping (Result<Found, StartError>) -> Void
  ) {
    self.store = store
    self.terms = terms
    self.completion = completion
  }

  /// Ends the search: at once if it only waits, or else with the next answer.
  func end() {
    isEnded = true
    store.client.endWait()
  }

  /// The delay after another process has won a race: of those that start together, each waits for
  /// another time, and for another one after the next race.
  private var lostRacePauseMilliseconds: Int64 {
    let bits = store.ownerNumber &* (2 * UInt64(lostRaceCount) + 1) >> 32
    return 1 + Int64(bits % Self.lostRacePauseMilliseconds)
  }

  private func finish(_ result: Result<Found, StartError>) {
    let completion = completion
    self.completion = nil
    completion?(result)
  }

  private func fail(_ error: StoreError) { finish(.failure(.store(error))) }

  // MARK: - Looking

  func look() {
    guard !isEnded else { return fail(.ended(name: store.name)) }
    let asked = terms.clock()
    read(onlyMachineID) { [self] slots in
      let now = terms.clock()
      if let error = clockSkew(asked: asked, now: now) { return fail(error) }
      choose(from: EtcdChoice(slots, terms, store, now: now), now: now)
    }
  }

  /// The machine ID, if only one is requested.
  private var onlyMachineID: Int? {
    terms.machineIDs.lowerBound == terms.machineIDs.upperBound ? terms.machineIDs.lowerBound : nil
  }

  /// Reads the record of this machine ID, or all records for `nil`. If one is of another layout,
  /// the search ends: the IDs of the two layouts could be the same, whatever the machine IDs.
  private func read(_ machineID: Int?, _ body: @escaping ([Int: EtcdSlot]) -> Void) {
    store.readSlots(of: machineID) { [self] result in
      switch result {
      case .failure(.refused(let error)): fail(error)
      case .failure(.unknown(let error)): lookAgain(because: error)
      case .success(let answer):
        if machineID == nil { revision = answer.revision }
        guard var mismatch = answer.slots.values.compactMap(mismatch).greatest() else {
          return body(answer.slots)
        }
        mismatch.unreadableName = answer.slots.values.first { $0.record == nil }
          .map { store.key($0.machineID) }
        guard machineID != nil else { return fail(.otherLayout(mismatch)) }
        // Another record may allow greater IDs.
        read(nil) { [self] _ in fail(.otherLayout(mismatch)) }
      }
    }
  }

  private func mismatch(_ slot: EtcdSlot) -> LayoutMismatch? {
    slot.mismatch(
      with: terms.layout, name: store.key(slot.machineID), now: terms.clock().unixMilliseconds)
  }

  /// Reports why etcd did not answer, and reads the records again after a delay.
  private func lookAgain(because error: StoreError) {
    if error != reportedFailure { store.didWait("\(error)") }
    reportedFailure = error
    // If etcd has lost writes, other owners may be affected: an operator must handle it first.
    if case .restored = error { return fail(error) }
    wait(milliseconds: Self.pauseMilliseconds)
  }

  private func wait(milliseconds: Int64) {
    guard !isEnded else { return fail(.ended(name: store.name)) }
    store.client.wait(milliseconds: milliseconds) { [self] in look() }
  }

  /// Compares the clocks. etcd's clock has a resolution of a second, and was read between `asked`
  /// and `now`.
  private func clockSkew(asked: ClockReading, now: ClockReading) -> StoreError? {
    guard let there = store.client.unixSeconds else { return nil }
    let earliest = there * 1000 - store.clockSkewMilliseconds
    let latest = there * 1000 + 999 + store.clockSkewMilliseconds
    guard now.unixMilliseconds < earliest || asked.unixMilliseconds > latest else { return nil }
    return .clockSkew(
      name: store.name, hereUnixMilliseconds: now.unixMilliseconds,
      thereUnixMilliseconds: there * 1000, allowedMilliseconds: store.clockSkewMilliseconds)
  }

  private func choose(from choice: EtcdChoice, now: ClockReading) {
    if let slot = choice.own, let claim = attempt(thatWrote: slot) {
      return finish(claim, revision: slot.revision)
    }
    guard !isEnded else { return fail(.ended(name: store.name)) }
    if let first = choice.candidates.first {
      guard let onlyMachineID, first.expectation == .absent else { return take(first, choice) }
      // The record of another machine ID may be of another layout.
      return read(nil) { [self] slots in
        guard !isEnded else { return fail(.ended(name: store.name)) }
        if slots[onlyMachineID] == nil { take(first, choice) } else { look() }
      }
    }

    // Every machine ID that could become free has an owner whose limit has not passed.
    var waiting: [EtcdSlot] = []
    for slot in choice.held {
      let first = firstRevisions[slot.machineID, default: slot.revision]
      firstRevisions[slot.machineID] = first
      if first == slot.revision { waiting.append(slot) }
    }
    guard let next = waiting.min(by: { $0.limit < $1.limit }) else { return refuse(choice) }
    if !hasReportedOwner {
      store.didWait(
        "machine ID \(next.machineID) is reserved until \(next.limitTime) by "
          + "\(next.owner?.description ?? "another process"): waiting until that time has passed, or "
          + "until its owner renews it")
    }
    hasReportedOwner = true
    wait(milliseconds: min(max(1, next.limit - now.unixMilliseconds), Self.pauseMilliseconds))
  }

  private func refuse(_ choice: EtcdChoice) {
    if terms.machineIDs.count > 1 {
      let first = choice.held.isEmpty ? choice.passedOver.first : nil
      fail(first ?? .noneFree(terms.machineIDs, passedOver: choice.passedOver))
    } else if let owner = choice.held.first?.owner {
      fail(.held(machineID: terms.machineIDs.lowerBound, by: owner.description))
    } else {
      fail(choice.passedOver.first ?? .noneFree(terms.machineIDs))
    }
  }

  // MARK: - Taking

  /// Records this process as the owner, unless another process has recorded itself meanwhile. In
  /// that case it tries another candidate at random, so that processes that start together do not
  /// all try the same one again.
  ///
  /// A machine ID without a record is taken only if no other has got its first record since all
  /// records were read: that one could be of another layout.
  private func take(_ candidate: EtcdCandidate, _ choice: EtcdChoice) {
    let machineID = candidate.machineID
    let claim: ReservationClaim
    switch choice.claim(candidate).applying(terms) {
    case .failure(let error): return finish(.failure(error))
    case .success(let reserved): claim = reserved
    }
    attempts.append(claim)
    let isNew = candidate.expectation == .absent
    let (start, end) = store.keyRange
    store.client.compareAndSwap(
      Array(store.key(machineID).utf8), expected: candidate.expectation,
      known: isNew ? EtcdRequest.KnownKeys(start: start, end: end, revision: revision) : nil,
      value: store.record(machineID, claim.reserved, owner: store.ownerNumber).bytes
    ) { [self] result in
      switch result {
      case .failure(.refused(let error)): fail(error)
      // The next look shows whether it was carried out.
      case .failure(.unknown(let error)): lookAgain(because: error)
      case .success(let answer) where answer.succeeded:
        finish(claim, revision: answer.header.revision)
      case .success(let answer):
        // Another member may have carried out an earlier copy of this request.
        if let slot = answer.found.map({ EtcdSlot($0, machineID: machineID) }) {
          if let claim = attempt(thatWrote: slot) { return finish(claim, revision: slot.revision) }
          if let mismatch = mismatch(slot) { return fail(.otherLayout(mismatch)) }
        }
        lostRaceCount += 1
        var choice = choice
        choice.candidates.remove(machineID)
        guard !isEnded, !isNew, choice.candidates.count > 0 else {
          return wait(milliseconds: lostRacePauseMilliseconds)
        }
        // The owner number is random for each start.
        take(choice.candidates[Int(store.ownerNumber % UInt64(choice.candidates.count))], choice)
      }
    }
  }

  /// The claim of this process that wrote the slot; `nil` if none of its claims did.
  private func attempt(thatWrote slot: EtcdSlot) -> ReservationClaim? {
    guard slot.owner?.number == store.ownerNumber else { return nil }
    return attempts.last {
      $0.machineID == slot.machineID && $0.reserved == slot.record?.reservation
    }
  }

  private func finish(_ claim: ReservationClaim, revision: Int64) {
    finish(.success(Found(claim: claim, revision: revision)))
  }
}
