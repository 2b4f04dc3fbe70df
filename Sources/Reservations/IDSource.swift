package import Snowflake

/// Makes IDs: the generator, under the clock's guard and within the reserved time.
///
/// With a store, no ID at or past the reserved limit leaves the process until a later limit is
/// durable, and whoever starts next begins at that limit. So neither a crash nor a clock set back
/// can repeat an ID: the range itself is the fence. Until ``start(clock:_:)`` has succeeded, that
/// range is empty, and once the machine ID is lost to another process it is empty again.
package final class IDSource {
  /// How long a request waits for its timestamp at most, where that can be foreseen.
  package static let longestWaitMilliseconds: Int64 = 100

  enum State {
    case unstarted
    case running
    /// The machine ID has been given back, or is about to be.
    case released
    /// Another process has the machine ID, or could have it.
    case lost(StoreError)
  }

  // Private, so that no access to them for an ID is checked at run time.
  private var generator: SnowflakeGenerator
  private var clockGuard = ClockGuard()
  let machineIDs: ClosedRange<Int>
  let store: StoreClient?
  /// How far ahead time is reserved. 0 without a store.
  package let windowMilliseconds: Int64
  /// When no more than this is left of it, a later limit is asked for: when three tenths are used, so
  /// that a store that is away for two thirds of the window is tried again before the limit.
  let renewalMilliseconds: Int64
  /// See ``BootClock/bootID``.
  let bootID: String?
  var state: State
  /// What the store had recorded of the clock.
  var claimedClock: RecordedClock?
  /// Called once, when the machine ID is lost.
  package var didLose: (StoreError) -> Void = { _ in }

  /// A source that has a machine ID and time without asking anybody.
  package init(
    machineID: Int, timestamps: Range<Int64> = 0..<SnowflakeID.maximumTimestamp + 1,
    clockToleranceMilliseconds: Int = 0
  ) throws(MachineIDError) {
    generator = try SnowflakeGenerator(
      machineID: machineID, timestamps: timestamps,
      clockToleranceMilliseconds: Int64(clockToleranceMilliseconds))
    machineIDs = machineID...machineID
    (store, bootID, state) = (nil, nil, .running)
    (windowMilliseconds, renewalMilliseconds) = (0, 0)
  }

  /// A source that has neither until ``start(clock:_:)`` has succeeded.
  ///
  /// - Parameter bootID: see ``BootClock/bootID``.
  package init(
    _ configuration: IDConfiguration, store: any ReservationStore, bootID: String?
  ) throws(MachineIDError) {
    machineIDs = configuration.machineIDs
    generator = try SnowflakeGenerator(
      machineID: machineIDs.lowerBound, timestamps: 0..<0,
      clockToleranceMilliseconds: Int64(configuration.clockToleranceMilliseconds))
    self.store = StoreClient(store)
    (self.bootID, state) = (bootID, .unstarted)
    windowMilliseconds = configuration.windowMilliseconds ?? store.policy.windowMilliseconds
    renewalMilliseconds = windowMilliseconds * 7 / 10
    store.didLose = { [unowned self] in lose($0) }
  }

  /// Whether it has, or had, a machine ID.
  package var hasStarted: Bool { if case .unstarted = state { false } else { true } }
  /// 0…1023; `nil` until the store has chosen one of several.
  package var machineID: Int? {
    hasStarted || machineIDs.count == 1 ? generator.machineID : nil
  }
  /// What it asks for time; `nil` if nothing outlives the process.
  package var storeClient: StoreClient? { store }
  /// Those of the generator, in milliseconds since the epoch of the format.
  package var lastTimestamp: Int64 { generator.lastTimestamp }
  package var timestampLimit: Int64 { generator.timestampLimit }

  /// Makes 1…`count` IDs, as many as this millisecond still has.
  package func nextRun(
    upTo count: Int, at now: ClockReading
  ) throws(IDUnavailable) -> SnowflakeIDRun {
    if let jump = clockGuard.jump(at: now) { throw unavailability(jump: jump) }
    do throws(GeneratorError) {
      let run = try generator.nextRun(upTo: count, at: now.unixMilliseconds)
      clockGuard.accept(now)
      if let store, generator.timestampLimit - now.timestamp <= renewalMilliseconds {
        extend(store, at: now)
      }
      return run
    } catch {
      if case .limitReached = error, let store { extend(store, at: now) }
      throw unavailability(error, at: now)
    }
  }

  /// Why no ID could be made now, other than that it must wait a moment; `nil` if one could.
  ///
  /// It asks the store for nothing: a look costs no write.
  package func unavailability(at now: ClockReading) -> IDUnavailable? {
    if let jump = clockGuard.jump(at: now) { return unavailability(jump: jump) }
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
  package func acceptClock(at now: ClockReading) -> Bool {
    guard now.timestamp >= 0 else { return false }
    clockGuard.accept(now)
    return true
  }

  // MARK: - For what reserves

  /// When the clock was last believed, and by what it is judged.
  var clockJudgement: ClockGuard {
    get { clockGuard }
    set { clockGuard = newValue }
  }

  /// Lets the generator use the timestamps up to a limit that has become durable.
  func extendGenerator(to limit: Int64) { generator.extend(to: limit) }

  /// Goes on with this machine ID and these timestamps.
  func replaceGenerator(machineID: Int, timestamps: Range<Int64>) throws(MachineIDError) {
    generator = try SnowflakeGenerator(
      machineID: machineID, timestamps: timestamps,
      clockToleranceMilliseconds: generator.clockToleranceMilliseconds)
  }

  /// Leaves the generator no timestamp.
  func endReservation() {
    let end = generator.lastTimestamp + 1
    try? replaceGenerator(machineID: generator.machineID, timestamps: end..<end)
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
