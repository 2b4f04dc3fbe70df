import Snowflake

/// Makes IDs: the generator, under the clock's guard and within the reserved time.
///
/// With a store, no ID at or past the reserved limit leaves the process until a later limit is
/// durable, and whoever starts next begins at that limit. So neither a crash nor a clock set back
/// can repeat an ID: the range itself is the fence.
final class IDSource {
  /// How far ahead time is reserved; a new limit is asked for when half of it is used.
  static let windowMilliseconds: Int64 = 3000
  /// How long a store may take before requests no longer wait for it.
  static let storePatienceMilliseconds: Int64 = 1000
  /// How long a store that has failed is left alone.
  static let storeRetryMilliseconds: Int64 = 200

  enum Extension {
    case idle
    case underWay(sinceMonotonicMilliseconds: Int64)
  }

  private var generator: SnowflakeGenerator
  private var clockGuard = ClockGuard()
  private let store: (any ReservationStore)?
  private(set) var storeExtension = Extension.idle
  /// What is to be done once the store has answered.
  private var pendingRelease: (() -> Void)?
  /// Since when the store has failed, on the monotonic clock, and why.
  private(set) var failure: (sinceMonotonicMilliseconds: Int64, error: StoreError)?

  /// How often a later limit has become durable, and how often the store has failed.
  private(set) var extensionCount = 0
  private(set) var failureCount = 0
  /// Called when the store fails after it has not, and with `nil` when it no longer does.
  var didChangeFailure: (StoreError?) -> Void = { _ in }

  /// - Parameter store: has been claimed, and `timestamps` begin where the claim says and end there,
  ///   until ``extendReservation(at:)``. Without one, `timestamps` are all there are.
  init(
    machineID: Int, timestamps: Range<Int64> = 0..<SnowflakeID.maximumTimestamp + 1,
    clockToleranceMilliseconds: Int = 0, store: (any ReservationStore)? = nil
  ) throws(MachineIDError) {
    generator = try SnowflakeGenerator(
      machineID: machineID, timestamps: timestamps,
      clockToleranceMilliseconds: Int64(clockToleranceMilliseconds))
    self.store = store
  }

  var machineID: Int { generator.machineID }
  var hasStore: Bool { store != nil }
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
      if store != nil { extendReservationInTime(at: now) }
      return run
    } catch {
      throw unavailability(error, at: now)
    }
  }

  /// Why no ID could be made now, other than that it must wait a moment; `nil` if one could.
  func trouble(at now: ClockReading) -> IDUnavailable? {
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
  func acceptClock(at now: ClockReading) { clockGuard.accept(now) }

  private func unavailability(_ error: GeneratorError, at now: ClockReading) -> IDUnavailable {
    switch error {
    case .sequenceExhausted: return .notYet
    case .limitReached:
      extendReservation(at: now)
      if let failure { return .reservationExpired(failure.error) }
      return isStoreSlow(at: now) ? .reservationExpired(nil) : .notYet
    case .clockBehind, .clockBeforeEpoch, .clockPastMaximum: return .clock(error)
    }
  }
}

// MARK: - Reservation

extension IDSource {
  /// Asks for a later limit when half of the window is used. Whoever makes IDs calls it, so a server
  /// that nobody asks writes nothing.
  private func extendReservationInTime(at now: ClockReading) {
    let remaining = generator.timestampLimit - now.timestamp
    if remaining <= Self.windowMilliseconds / 2 { extendReservation(at: now) }
  }

  /// Asks the store for a limit one window from now, unless it is at it, or has just failed.
  ///
  /// One window from what the clock says, not from the last ID or from where the process began: else
  /// a few crashes in a row, or a clock that lags, would reserve more and more, and whoever starts
  /// next would find its clock too far behind.
  func extendReservation(at now: ClockReading) {
    guard let store, case .idle = storeExtension else { return }
    if let failure,
      now.monotonicMilliseconds - failure.sinceMonotonicMilliseconds < Self.storeRetryMilliseconds
    {
      return
    }
    let limit = min(
      max(now.timestamp + Self.windowMilliseconds, generator.timestampLimit),
      SnowflakeID.maximumTimestamp + 1)
    storeExtension = .underWay(sinceMonotonicMilliseconds: now.monotonicMilliseconds)
    store.extend(to: limit) { [self] error in
      storeExtension = .idle
      let isChange = (failure == nil) != (error == nil)
      if let error {
        failureCount += 1
        failure = (now.monotonicMilliseconds, error)
        if case .lost = error { stopAtLastID() }
      } else {
        extensionCount += 1
        failure = nil
        generator.extend(to: limit)
      }
      if isChange { didChangeFailure(error) }
      pendingRelease?()
    }
  }

  /// Uses nothing more of what is reserved: another process may be about to.
  private func stopAtLastID() {
    let end = generator.lastTimestamp + 1
    do throws(MachineIDError) {
      generator = try SnowflakeGenerator(
        machineID: machineID, timestamps: end..<end,
        clockToleranceMilliseconds: generator.clockToleranceMilliseconds)
    } catch {
      // It is the machine ID of the generator that there was.
    }
  }

  /// Cuts the limit back to the last ID, so that a restart waits for nothing, and gives the machine
  /// ID back.
  func releaseReservation(_ completion: @escaping (StoreError?) -> Void) {
    guard let store else { return completion(nil) }
    if case .underWay = storeExtension {
      pendingRelease = { [self] in
        pendingRelease = nil
        releaseReservation(completion)
      }
      return
    }
    store.release(limit: generator.lastTimestamp + 1, completion)
  }

  private func isStoreSlow(at now: ClockReading) -> Bool {
    guard case .underWay(let since) = storeExtension else { return false }
    return now.monotonicMilliseconds - since > Self.storePatienceMilliseconds
  }
}

/// Why no ID is made.
enum IDUnavailable: Error, Equatable {
  /// The IDs of this millisecond are used up, or a limit is about to become durable: a moment.
  case notYet
  /// The clock is behind, before the epoch or past the end.
  case clock(GeneratorError)
  /// The clock has been set forward.
  case clockJumped(milliseconds: Int64)
  /// The reserved time is over, and the store has failed, or does not answer.
  case reservationExpired(StoreError?)
}
