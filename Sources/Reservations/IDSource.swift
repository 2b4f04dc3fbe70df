package import Snowflake

/// Makes IDs with a generator, behind the forward-jump detector and within the reserved time.
///
/// With a store, the limit is a high-water mark: no ID at or past it leaves the process until a
/// later limit is durable, and the next process begins at the recorded limit. So neither a crash
/// nor a clock set back can repeat an ID. The range of timestamps is empty until
/// ``start(clock:_:)`` has succeeded, and again once the machine ID is lost to another process.
package final class IDSource {
  /// If the clock is behind the last timestamp by this much or more, a request gets an error at
  /// once and does not wait.
  package static let longestWaitMilliseconds: Int64 = 100

  enum State {
    case unstarted
    case running
    /// The machine ID has been released, or its release has been requested.
    case released
    /// Another process has the machine ID, or could have it.
    case lost(StoreError)
  }

  // Private, which avoids dynamic exclusivity enforcement for each ID.
  private var generator: SnowflakeGenerator
  private var detector = ForwardJumpDetector()
  /// The layout of the IDs.
  package let layout: SnowflakeLayout
  /// Every ID is greater than this one; `nil` for no bound.
  let after: SnowflakeID?
  let machineIDs: ClosedRange<Int>
  let store: StoreClient?
  /// The lease window: how far ahead time is reserved. 0 without a store.
  package let leaseWindowMilliseconds: Int64
  /// The source renews when no more than this is left of the window, seven tenths of it. So a store
  /// that is away for two thirds of the window is tried again before the limit.
  let renewalMilliseconds: Int64
  /// See ``BootClock/bootID``.
  let bootID: String?
  var state: State
  /// The clock that the store had recorded at the claim.
  var claimedClock: RecordedClock?
  /// The reservation of the last owner, if it had not passed at the claim.
  var pending: PendingReservation?
  /// Called once, when the machine ID is lost.
  package var didLose: (StoreError) -> Void = { _ in }

  /// A source without a store: it makes IDs at once.
  ///
  /// - Parameter after: every ID is greater than this one.
  package init(
    machineID: Int, layout: SnowflakeLayout = .default, times: Range<Int64> = 0..<Int64.max,
    after: SnowflakeID? = nil, clockToleranceMilliseconds: Int = 0,
    sequenceStart: SequenceStart = .zero
  ) throws(MachineIDError) {
    let first = min(
      max(times.lowerBound, layout.startUnixMilliseconds(after: after)), times.upperBound)
    generator = try SnowflakeGenerator(
      machineID: machineID, layout: layout, times: first..<times.upperBound,
      clockToleranceMilliseconds: Int64(clockToleranceMilliseconds), sequenceStart: sequenceStart)
    self.layout = layout
    self.after = after
    machineIDs = machineID...machineID
    (store, bootID, state) = (nil, nil, .running)
    (leaseWindowMilliseconds, renewalMilliseconds) = (0, 0)
  }

  /// A source with a store: it makes IDs once ``start(clock:_:)`` has succeeded.
  ///
  /// - Parameter bootID: see ``BootClock/bootID``.
  package init(
    _ configuration: IDConfiguration, store: any ReservationStore, bootID: String?
  ) throws(MachineIDError) {
    machineIDs = configuration.machineIDs
    generator = try SnowflakeGenerator(
      machineID: machineIDs.lowerBound, layout: configuration.layout, times: 0..<0,
      clockToleranceMilliseconds: Int64(configuration.clockToleranceMilliseconds),
      sequenceStart: configuration.sequenceStart)
    layout = configuration.layout
    after = configuration.after
    self.store = StoreClient(store)
    (self.bootID, state) = (bootID, .unstarted)
    leaseWindowMilliseconds =
      configuration.leaseWindowMilliseconds ?? store.policy.leaseWindowMilliseconds
    renewalMilliseconds = leaseWindowMilliseconds * 7 / 10
    store.didLose = { [unowned self] in lose($0) }
  }

  /// Whether it has or had a machine ID.
  package var hasStarted: Bool { if case .unstarted = state { false } else { true } }
  /// `nil` until the store has chosen one of several.
  package var machineID: Int? {
    hasStarted || machineIDs.count == 1 ? generator.machineID : nil
  }
  /// The sequence with which each timestamp begins.
  package var sequenceStart: SequenceStart { generator.sequenceStart }
  /// The client of the store; `nil` without one.
  package var storeClient: StoreClient? { store }
  /// See ``SnowflakeGenerator/lastUnixMilliseconds``.
  package var lastUnixMilliseconds: Int64 { generator.lastUnixMilliseconds }
  /// See ``SnowflakeGenerator/nextUnixMilliseconds``.
  package var nextUnixMilliseconds: Int64 { generator.nextUnixMilliseconds }
  /// See ``SnowflakeGenerator/limitUnixMilliseconds``.
  package var limitUnixMilliseconds: Int64 { generator.limitUnixMilliseconds }

  /// Makes 1…`count` IDs: fewer if this timestamp has fewer left.
  package func nextRun(
    upTo count: Int, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    if let jump = detector.jump(at: now) { throw unavailability(jump: jump) }
    do throws(GeneratorError) {
      let run = try generator.nextRun(upTo: count, at: now.unixMilliseconds)
      detector.accept(now)
      if let store,
        generator.limitUnixMilliseconds - now.unixMilliseconds <= renewalMilliseconds
      {
        renew(store, at: now)
      }
      return run
    } catch {
      if case .limitReached = error, let store { renew(store, at: now) }
      throw unavailability(error, at: now)
    }
  }

  /// Why no ID can be made now; `nil` if one can, or in a moment.
  ///
  /// It does not ask the store, so a readiness check causes no write.
  package func unavailability(at now: ClockReading) -> IDUnavailable? {
    if let jump = detector.jump(at: now) { return unavailability(jump: jump) }
    do throws(GeneratorError) {
      try generator.check(at: now.unixMilliseconds)
      return nil
    } catch {
      let reason = unavailability(error, at: now)
      return reason == .notYet ? nil : reason
    }
  }

  /// The nanoseconds after which to try again if an ID is not available yet, 1 or more: until the
  /// clock reaches the next timestamp, or, while the store is about to record a limit, the next
  /// millisecond.
  package func nanosecondsToNextTimestamp(at now: ClockReading) -> Int {
    let unit = now.unixMilliseconds < limitUnixMilliseconds ? layout.unitMilliseconds : 1
    let remainder = (now.unixMilliseconds - layout.epochUnixMilliseconds) % unit
    let elapsed = remainder < 0 ? remainder + unit : remainder
    return Int(unit - elapsed) * 1_000_000 - now.nanosecondOfMillisecond
  }

  /// Trusts the wall clock, as an operator requests.
  ///
  /// - Returns: false if it is before the epoch, and so certainly wrong; then it is not trusted.
  @discardableResult
  package func acceptClock(at now: ClockReading) -> Bool {
    guard now.unixMilliseconds >= layout.epochUnixMilliseconds else { return false }
    detector.accept(now)
    return true
  }

  /// The milliseconds of reserved time ahead; `nil` without a store, and at rest with a store that
  /// is renewed by the next ID.
  ///
  /// It is 0 only if no ID can be made for lack of reserved time.
  package func reservedMilliseconds(at now: ClockReading) -> Int64? {
    guard let store else { return nil }
    let ahead = max(0, limitUnixMilliseconds - now.unixMilliseconds)
    guard ahead == 0, case .running = state, !store.policy.renewsAtRest else { return ahead }
    return store.failure != nil || store.isSlow(at: now) ? 0 : nil
  }

  /// The milliseconds by which the clock is behind the last ID, 0 or more. The wait for a pending
  /// reservation does not count.
  package func clockLagMilliseconds(at now: ClockReading) -> Int64 {
    pendingMilliseconds(at: now) == nil ? max(0, lastUnixMilliseconds - now.unixMilliseconds) : 0
  }

  // MARK: - For claiming and renewing

  /// The forward-jump detector.
  var jumpDetector: ForwardJumpDetector {
    get { detector }
    set { detector = newValue }
  }

  /// Raises the generator's limit to one that has become durable.
  func extendGenerator(to limit: Int64) { generator.extend(to: limit) }

  /// Replaces the generator by one with this machine ID and these times.
  func replaceGenerator(machineID: Int, times: Range<Int64>) throws(MachineIDError) {
    generator = try SnowflakeGenerator(
      machineID: machineID, layout: layout, times: times,
      clockToleranceMilliseconds: generator.clockToleranceMilliseconds,
      sequenceStart: generator.sequenceStart)
  }

  /// Replaces the generator by one that may use no timestamp.
  func endReservation() {
    let end = generator.nextUnixMilliseconds
    try? replaceGenerator(machineID: generator.machineID, times: end..<end)
  }

  // MARK: - Unavailability

  private func unavailability(jump milliseconds: Int64) -> IDUnavailable {
    if case .lost(let error) = state { return .reservationLost(error) }
    return .clockJumped(milliseconds: milliseconds)
  }

  private func unavailability(_ error: GeneratorError, at now: ClockReading) -> IDUnavailable {
    switch state {
    case .unstarted: if let store { return .starting(store: store.storeName) }
    case .lost(let error): return .reservationLost(error)
    case .released: return .reservationExpired(nil)
    case .running: break
    }
    switch error {
    case .sequenceExhausted(let end):
      // The clock is within the tolerance, and all IDs of the last timestamp are used up.
      let behind = end - layout.unitMilliseconds - now.unixMilliseconds
      return behind >= Self.longestWaitMilliseconds
        ? unavailability(clockBehind: behind, at: now) : .notYet
    case .limitReached:
      guard let store else { return .notYet }
      if let failure = store.failure { return .reservationExpired(failure) }
      return store.isSlow(at: now) ? .reservationExpired(nil) : .notYet
    case .clockBehind(let milliseconds):
      return unavailability(clockBehind: milliseconds, at: now)
    case .clockBeforeEpoch, .clockPastMaximum: return .clock(error)
    }
  }

  private func unavailability(
    clockBehind milliseconds: Int64, at now: ClockReading
  ) -> IDUnavailable {
    if let pending = pendingMilliseconds(at: now) {
      return .reservationPending(milliseconds: pending)
    }
    return .clock(.clockBehind(milliseconds: milliseconds))
  }

  /// The milliseconds until the reservation of the last owner has passed; `nil` once this process
  /// has made an ID, or if the clock was set back.
  private func pendingMilliseconds(at now: ClockReading) -> Int64? {
    guard let pending, lastUnixMilliseconds < pending.limit, pending.explains(now) else {
      return nil
    }
    return pending.limit - now.unixMilliseconds
  }
}
