import Snowflake

/// Makes IDs: the generator, under the clock's guard and within the reserved time.
///
/// With a store, no ID at or past the reserved limit leaves the process until a later limit is
/// durable, and whoever starts next begins at that limit. So neither a crash nor a clock set back
/// can repeat an ID: the range itself is the fence. Until ``start(clock:_:)`` has succeeded, that
/// range is empty.
final class IDSource {
  /// How far ahead time is reserved; a new limit is asked for when half of it is used.
  static let windowMilliseconds: Int64 = 3000
  /// How long a request waits for its timestamp at most, where that can be foreseen.
  static let longestWaitMilliseconds: Int64 = 100

  private var generator: SnowflakeGenerator
  private var clockGuard = ClockGuard()
  private let machineIDs: ClosedRange<Int>
  private let store: StoreClient?
  /// See ``BootClock/bootID``.
  private let bootID: String?

  /// Whether it has a machine ID.
  private(set) var hasStarted: Bool
  /// What the store had recorded of the clock.
  private var claimedClock: RecordedClock?

  /// A source that has a machine ID and time without asking anybody.
  init(
    machineID: Int, timestamps: Range<Int64> = 0..<SnowflakeID.maximumTimestamp + 1,
    clockToleranceMilliseconds: Int = 0
  ) throws(MachineIDError) {
    generator = try SnowflakeGenerator(
      machineID: machineID, timestamps: timestamps,
      clockToleranceMilliseconds: Int64(clockToleranceMilliseconds))
    machineIDs = machineID...machineID
    (store, bootID, hasStarted) = (nil, nil, true)
  }

  /// A source that has neither until ``start(clock:_:)`` has succeeded.
  ///
  /// - Parameter bootID: see ``BootClock/bootID``.
  init(
    _ configuration: IDConfiguration, store: any ReservationStore, bootID: String?
  ) throws(MachineIDError) {
    machineIDs = configuration.machineIDs
    generator = try SnowflakeGenerator(
      machineID: machineIDs.lowerBound, timestamps: 0..<0,
      clockToleranceMilliseconds: Int64(configuration.clockToleranceMilliseconds))
    (self.store, self.bootID, hasStarted) = (StoreClient(store), bootID, false)
  }

  /// 0…1023; `nil` until the store has chosen one of several.
  var machineID: Int? { hasStarted || machineIDs.count == 1 ? generator.machineID : nil }
  /// What it asks for time; `nil` if nothing outlives the process.
  var storeClient: StoreClient? { store }
  /// Those of the generator, in milliseconds since the epoch of the format.
  var lastTimestamp: Int64 { generator.lastTimestamp }
  var timestampLimit: Int64 { generator.timestampLimit }

  /// Makes 1…`count` IDs, as many as this millisecond still has.
  func nextRun(
    upTo count: Int, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    if let jump = clockGuard.jump(at: now) { throw .clockJumped(milliseconds: jump) }
    do throws(GeneratorError) {
      let run = try generator.nextRun(upTo: count, at: now.unixMilliseconds)
      clockGuard.accept(now)
      if let store { renewIfNeeded(store, at: now) }
      return run
    } catch {
      if case .limitReached = error, hasStarted, let store { extend(store, at: now) }
      throw unavailability(error, at: now)
    }
  }

  /// Why no ID could be made now, other than that it must wait a moment; `nil` if one could.
  ///
  /// It asks the store for nothing: a look costs no write.
  func unavailability(at now: ClockReading) -> IDUnavailable? {
    if let jump = clockGuard.jump(at: now) { return .clockJumped(milliseconds: jump) }
    do throws(GeneratorError) {
      try generator.check(at: now.unixMilliseconds)
      return nil
    } catch {
      let reason = unavailability(error, at: now)
      return reason == .notYet ? nil : reason
    }
  }

  /// An operator says that the wall clock is right.
  ///
  /// - Returns: false if it is before the epoch, and so known to be wrong: no later reading is judged
  ///   by it.
  @discardableResult
  func acceptClock(at now: ClockReading) -> Bool {
    guard now.timestamp >= 0 else { return false }
    clockGuard.accept(now)
    return true
  }

  private func unavailability(_ error: GeneratorError, at now: ClockReading) -> IDUnavailable {
    if let store, !hasStarted { return .starting(store: store.storeName) }
    switch error {
    case .sequenceExhausted(let end):
      let wait = end - now.unixMilliseconds
      // The clock is within the tolerance, and all IDs of the last timestamp are used.
      return wait > Self.longestWaitMilliseconds
        ? .clock(.clockBehind(milliseconds: wait - 1)) : .notYet
    case .limitReached:
      guard let store else { return .notYet }
      if let failure = store.failure { return .reservationExpired(failure) }
      return store.isSlow(at: now) ? .reservationExpired(nil) : .notYet
    case .clockBehind, .clockBeforeEpoch, .clockPastMaximum: return .clock(error)
    }
  }
}

// MARK: - Reservation

extension IDSource {
  /// Asks for a later limit when half of the window is used. Whoever makes IDs calls it, so a server
  /// that nobody asks for IDs writes nothing.
  private func renewIfNeeded(_ store: StoreClient, at now: ClockReading) {
    let remaining = generator.timestampLimit - now.timestamp
    if remaining <= Self.windowMilliseconds / 2 { extend(store, at: now) }
  }

  /// Asks a store that has failed once more, unless the clock is not to be believed.
  func retryReservation(at now: ClockReading) {
    guard let store, store.failure != nil, clockGuard.jump(at: now) == nil else { return }
    extend(store, at: now)
  }

  /// Asks for a limit one window from now.
  ///
  /// From what the clock says, not from the last ID or from where the process began: else a few
  /// crashes in a row, or a clock that lags, would reserve more and more, and whoever starts next
  /// would find its clock too far behind.
  ///
  /// - Parameter now: of a clock that is believed.
  private func extend(
    _ store: StoreClient, at now: ClockReading,
    _ completion: @escaping (StoreError?) -> Void = { _ in }
  ) {
    let limit = min(
      max(now.timestamp + Self.windowMilliseconds, generator.timestampLimit),
      SnowflakeID.maximumTimestamp + 1)
    let reservation = Reservation(limit: limit, clock: recorded(now))
    store.extend(to: reservation, at: now) { [self] error in
      switch error {
      case nil: generator.extend(to: limit)
      case .lost: stopAtLastID()
      default: break
      }
      completion(error)
    }
  }

  /// Uses nothing more of what is reserved: another process may be about to.
  private func stopAtLastID() {
    let end = generator.lastTimestamp + 1
    try? replaceGenerator(machineID: generator.machineID, start: end)
  }

  /// Goes on with no time reserved, and with this timestamp as the first.
  private func replaceGenerator(machineID: Int, start: Int64) throws(MachineIDError) {
    generator = try SnowflakeGenerator(
      machineID: machineID, timestamps: start..<start,
      clockToleranceMilliseconds: generator.clockToleranceMilliseconds)
  }

  /// Cuts the limit back to the last ID, so that a restart waits for nothing, and gives the machine
  /// ID back.
  ///
  /// What it records of the clock is when that was last believed: a process that ends while its clock
  /// is not must not have the next one believe it.
  func releaseReservation(_ completion: @escaping (StoreError?) -> Void) {
    guard let store else { return completion(nil) }
    store.release(
      { [self] in
        Reservation(
          limit: generator.lastTimestamp + 1,
          clock: clockGuard.reference.flatMap(recorded) ?? claimedClock)
      }, completion)
  }

  private func recorded(_ now: ClockReading) -> RecordedClock? {
    let clock = bootID.map {
      RecordedClock(
        bootID: $0, unixMilliseconds: max(0, now.unixMilliseconds),
        monotonicMilliseconds: max(0, now.monotonicMilliseconds))
    }
    return clock?.isPlausible == true ? clock : nil
  }
}

// MARK: - Starting

extension IDSource {
  typealias StartResult = Result<[StartWarning], StartError>

  /// How long a host may be down before that is worth a warning.
  static let longDowntimeMilliseconds: Int64 = 86_400_000

  /// Claims a machine ID and reserves time; the completion is called once that is durable, unless
  /// ``releaseReservation(_:)`` is called before.
  ///
  /// If the wall clock has jumped since a process of the same boot recorded it, nothing is reserved
  /// yet: it is judged as a jump while this process runs is.
  ///
  /// - Parameter clock: reads the clocks when the store has answered.
  func start(clock: @escaping () -> ClockReading, _ completion: @escaping (StartResult) -> Void) {
    guard let store else {
      acceptClock(at: clock())
      return completion(.success([]))
    }
    let now = clock()
    guard now.timestamp >= 0 else {
      return completion(.failure(.clockBeforeEpoch(unixMilliseconds: now.unixMilliseconds)))
    }
    let latestStart = now.timestamp + Self.windowMilliseconds
    store.claim(machineIDs, latestStart: latestStart) { [self] result in
      let now = clock()
      do throws(StartError) {
        let claim = try result.mapError { StartError.store($0) }.get()
        try take(claim, at: now)
        guard !store.isReleasing else { return }
        reserve(in: store, at: now, warnings: warnings(of: claim, at: now), completion)
      } catch {
        if !store.isReleasing { completion(.failure(error)) }
      }
    }
  }

  /// Begins at the limit that is recorded, and judges the clock by the one that is.
  private func take(_ claim: ReservationClaim, at now: ClockReading) throws(StartError) {
    let start = claim.reservation.limit
    do throws(MachineIDError) {
      try replaceGenerator(machineID: claim.machineID, start: start)
    } catch {
      throw .machineID(error)
    }
    claimedClock = claim.lastClock(ofBoot: bootID, before: now)
    guard now.timestamp >= 0 else {
      throw .clockBeforeEpoch(unixMilliseconds: now.unixMilliseconds)
    }
    // A crash leaves one window reserved ahead; what is further was a clock that ran ahead.
    guard start - now.timestamp <= Self.windowMilliseconds else {
      throw .clockBehindReservation(
        machineID: claim.machineID,
        startUnixMilliseconds: start + SnowflakeID.epochUnixMilliseconds,
        nowUnixMilliseconds: now.unixMilliseconds)
    }
    // Unless an operator has said meanwhile that the clock is right.
    if clockGuard.reference == nil, let claimedClock, claimedClock.bootID == bootID {
      clockGuard = ClockGuard(reference: ClockReading(claimedClock))
    }
  }

  private func reserve(
    in store: StoreClient, at now: ClockReading, warnings: [StartWarning],
    _ completion: @escaping (StartResult) -> Void
  ) {
    guard clockGuard.jump(at: now) == nil else {
      hasStarted = true
      return completion(.success(warnings))
    }
    acceptClock(at: now)
    extend(store, at: now) { [self] error in
      guard !store.isReleasing else { return }
      if let error { return completion(.failure(.store(error))) }
      hasStarted = true
      completion(.success(warnings))
    }
  }

  private func warnings(of claim: ReservationClaim, at now: ClockReading) -> [StartWarning] {
    var warnings = claim.passedOver.map { StartWarning.passedOver($0) }
    if let clock = claim.reservation.clock, clock.bootID != bootID,
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

extension ClockReading {
  fileprivate init(_ clock: RecordedClock) {
    self.init(
      unixMilliseconds: clock.unixMilliseconds, monotonicMilliseconds: clock.monotonicMilliseconds)
  }
}
