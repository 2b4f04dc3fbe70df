import Snowflake

// How a source gets its machine ID and its first time.

extension IDSource {
  package typealias StartResult = Result<[StartWarning], StartError>

  /// How long a host may be down before that is worth a warning.
  static let longDowntimeMilliseconds: Int64 = 86_400_000

  /// Claims a machine ID and reserves time; the completion is called once that is durable, unless
  /// ``releaseReservation(_:)`` is called before.
  ///
  /// If the wall clock has jumped since a process of the same boot recorded it, that is judged as a
  /// jump while this process runs is: it starts, and makes no ID until the clock is believed.
  ///
  /// - Parameter clock: reads the clocks when the store has answered.
  package func start(
    clock: @escaping () -> ClockReading, _ completion: @escaping (StartResult) -> Void
  ) {
    guard let store else {
      acceptClock(at: clock())
      return completion(.success([]))
    }
    let now = clock()
    guard now.timestamp >= 0 else {
      return completion(.failure(.clockBeforeEpoch(unixMilliseconds: now.unixMilliseconds)))
    }
    let terms = ClaimTerms(
      machineIDs: machineIDs, windowMilliseconds: windowMilliseconds, clock: clock
    ) { [unowned self] claim in
      reservation(for: claim, at: clock())
    }
    store.claim(terms) { [self] result in
      do throws(StartError) {
        let claim = try result.get()
        try take(claim, at: clock())
        if !store.isReleasing { completion(.success(warnings(of: claim, at: clock()))) }
      } catch {
        if !store.isReleasing { completion(.failure(error)) }
      }
    }
  }

  /// What to record with a machine ID that could be had.
  private func reservation(
    for claim: ReservationClaim, at now: ClockReading
  ) -> Result<Reservation, StartError> {
    guard now.timestamp >= 0 else {
      return .failure(.clockBeforeEpoch(unixMilliseconds: now.unixMilliseconds))
    }
    // A crash leaves one window reserved ahead; what is further was a clock that ran ahead.
    let start = claim.found.limit
    guard start - now.timestamp <= windowMilliseconds else {
      return .failure(
        .clockBehindReservation(
          machineID: claim.machineID,
          startUnixMilliseconds: start + SnowflakeID.epochUnixMilliseconds,
          nowUnixMilliseconds: now.unixMilliseconds))
    }
    var clockGuard = clockGuard(for: claim, at: now)
    return .success(reservation(after: claim.found, judgedBy: &clockGuard, at: now))
  }

  /// Judges the clock by the one that is recorded, unless an operator has said meanwhile that it is
  /// right.
  private func clockGuard(for claim: ReservationClaim, at now: ClockReading) -> ClockGuard {
    guard clockJudgement.reference == nil,
      let recorded = claim.lastClock(ofBoot: bootID, before: now), recorded.bootID == bootID
    else { return clockJudgement }
    return ClockGuard(reference: ClockReading(recorded))
  }

  /// Begins at the limit that was recorded, and ends at the one that is now.
  private func take(_ claim: ReservationClaim, at now: ClockReading) throws(StartError) {
    do throws(MachineIDError) {
      try replaceGenerator(
        machineID: claim.machineID, timestamps: claim.found.limit..<claim.reserved.limit)
    } catch {
      throw .machineID(error)
    }
    claimedClock = claim.lastClock(ofBoot: bootID, before: now)
    clockJudgement = clockGuard(for: claim, at: now)
    if clockJudgement.jump(at: now) == nil { acceptClock(at: now) }
    state = .running
  }

  private func warnings(of claim: ReservationClaim, at now: ClockReading) -> [StartWarning] {
    var warnings = claim.passedOver.map { StartWarning.passedOver($0) }
    if let clock = claim.found.clock, clock.bootID != bootID,
      now.unixMilliseconds - clock.unixMilliseconds > Self.longDowntimeMilliseconds
    {
      warnings.append(
        .clockIsFarAhead(
          recordedUnixMilliseconds: clock.unixMilliseconds,
          nowUnixMilliseconds: now.unixMilliseconds))
    }
    return warnings
  }
}
