import Snowflake

// Claiming a machine ID and the first reservation.

extension IDSource {
  package typealias StartResult = Result<[StartWarning], StartError>

  /// If the clock reads this much more than the last reading recorded before a reboot, the start
  /// logs a warning.
  static let longDowntimeMilliseconds: Int64 = 86_400_000

  /// Claims a machine ID and reserves time.
  ///
  /// If the wall clock has jumped since a process of the same boot recorded it, the process starts
  /// but makes no ID until the clock is trusted, as after a jump while it runs.
  ///
  /// - Parameters:
  ///   - clock: reads the clocks, also when the store has answered.
  ///   - completion: called once the reservation is durable, or with an error; not called if
  ///     ``releaseReservation(_:)`` comes first.
  package func start(
    clock: @escaping () -> ClockReading, _ completion: @escaping (StartResult) -> Void
  ) {
    let now = clock()
    guard let store else {
      if let error = clockNotPast(now) { return completion(.failure(error)) }
      acceptClock(at: now)
      return completion(.success([]))
    }
    if let error = clockBeforeEpoch(now) ?? clockNotPast(now) {
      return completion(.failure(error))
    }
    let terms = ClaimTerms(
      layout: layout, machineIDs: machineIDs, leaseWindowMilliseconds: leaseWindowMilliseconds,
      clock: clock
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

  /// The reservation to record when claiming a machine ID.
  private func reservation(
    for claim: ReservationClaim, at now: ClockReading
  ) -> Result<Reservation, StartError> {
    if let error = clockBeforeEpoch(now) ?? clockNotPast(now) { return .failure(error) }
    // A crash leaves at most one lease window reserved; a limit further ahead means that the clock
    // was ahead.
    let start = claim.found.limit
    guard start - now.unixMilliseconds <= leaseWindowMilliseconds else {
      return .failure(
        .clockBehindReservation(
          machineID: claim.machineID,
          startUnixMilliseconds: start,
          nowUnixMilliseconds: now.unixMilliseconds))
    }
    var detector = jumpDetector(for: claim, at: now)
    // Recorded, so that a later process keeps to it without being told.
    var found = claim.found
    found.limit = firstTime(of: claim)
    return .success(reservation(after: found, detector: &detector, at: now))
  }

  /// The time at which this process begins, in milliseconds since 1970: the limit found, or the
  /// first from which on its IDs are greater than ``after``.
  private func firstTime(of claim: ReservationClaim) -> Int64 {
    max(claim.found.limit, layout.startUnixMilliseconds(after: after))
  }

  private func clockBeforeEpoch(_ now: ClockReading) -> StartError? {
    guard now.unixMilliseconds < layout.epochUnixMilliseconds else { return nil }
    return .clockBeforeEpoch(
      unixMilliseconds: now.unixMilliseconds, epochUnixMilliseconds: layout.epochUnixMilliseconds)
  }

  private func clockNotPast(_ now: ClockReading) -> StartError? {
    guard let after else { return nil }
    let first = layout.firstUnixMilliseconds(after: after)
    if let first, first <= now.unixMilliseconds { return nil }
    return .clockNotPast(
      after, firstUnixMilliseconds: first, nowUnixMilliseconds: now.unixMilliseconds)
  }

  /// A jump detector that starts from the recorded clock, unless an operator has confirmed the
  /// clock meanwhile.
  private func jumpDetector(for claim: ReservationClaim, at now: ClockReading)
    -> ForwardJumpDetector
  {
    guard jumpDetector.reference == nil,
      let recorded = claim.lastClock(ofBoot: bootID, before: now), recorded.bootID == bootID
    else { return jumpDetector }
    return ForwardJumpDetector(reference: ClockReading(recorded))
  }

  /// Starts the generator with the timestamps from the limit found to the limit recorded now.
  private func take(_ claim: ReservationClaim, at now: ClockReading) throws(StartError) {
    do throws(MachineIDError) {
      try replaceGenerator(
        machineID: claim.machineID, times: firstTime(of: claim)..<claim.reserved.limit)
    } catch {
      throw .machineID(error)
    }
    pending = PendingReservation(limit: claim.found.limit, at: now)
    claimedClock = claim.lastClock(ofBoot: bootID, before: now)
    jumpDetector = jumpDetector(for: claim, at: now)
    if jumpDetector.jump(at: now) == nil { acceptClock(at: now) }
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

extension SnowflakeLayout {
  /// The time from which on every ID is greater than this one, in milliseconds since 1970; the end
  /// of the layout's time if there is none, and 0 if no ID is given.
  func startUnixMilliseconds(after id: SnowflakeID?) -> Int64 {
    id.map { firstUnixMilliseconds(after: $0) ?? endUnixMilliseconds } ?? 0
  }
}
