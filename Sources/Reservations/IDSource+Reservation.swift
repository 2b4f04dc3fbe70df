import Snowflake

// Renewing and releasing a reservation.

extension IDSource {
  /// Renews the reservation if it is due at rest, and retries if the store has failed. While IDs
  /// are made, ``nextRun(upTo:at:)`` renews it.
  package func renewIfNeeded(at now: ClockReading) {
    guard case .running = state, let store else { return }
    let isDue = store.policy.renewsAtRest && millisecondsToRenewal(store, at: now) == 0
    if isDue || store.failure != nil { renew(store, at: now) }
  }

  /// The milliseconds after which to call ``renewIfNeeded(at:)``; `nil` if the store needs no
  /// renewal at rest.
  package func millisecondsToRenewal(at now: ClockReading) -> Int64? {
    guard case .running = state, let store, store.policy.renewsAtRest else { return nil }
    if store.failure != nil { return store.policy.retryMilliseconds }
    return millisecondsToRenewal(store, at: now)
  }

  /// Measured by the boot clock, which cannot be set.
  private func millisecondsToRenewal(_ store: StoreClient, at now: ClockReading) -> Int64 {
    let elapsed = now.monotonicMilliseconds - store.renewedMonotonicMilliseconds
    return max(0, leaseWindowMilliseconds - renewalMilliseconds - elapsed)
  }

  /// Asks the store for a limit one lease window from now.
  func renew(_ store: StoreClient, at now: ClockReading) {
    guard case .running = state, store.mayRenew(at: now), let held = store.held else { return }
    let next = reservation(after: held, detector: &jumpDetector, at: now)
    guard next != held || store.policy.renewsAtRest else { return }
    store.renew(to: next, at: now) { [self] error in
      switch error {
      case nil: extendGenerator(to: next.limit)
      case .lost(let name, let owner): lose(.lost(name: name, owner: owner))
      default: break
      }
    }
  }

  /// The reservation to record next: its limit is one lease window from now.
  ///
  /// The limit is counted from the clock, not from the last ID or from where the process began.
  /// Otherwise several crashes in a row, or a clock that lags, would reserve more and more time,
  /// and the next process would find its clock too far behind. If the clock has jumped, it is not
  /// trusted. Then the limit follows the boot clock where the store needs renewal at rest;
  /// elsewhere it stays.
  func reservation(
    after held: Reservation, detector: inout ForwardJumpDetector, at now: ClockReading
  ) -> Reservation {
    let isTrusted = detector.jump(at: now) == nil
    guard isTrusted || store?.policy.renewsAtRest == true else { return held }
    let time = isTrusted ? now.unixMilliseconds : detector.expectedUnixMilliseconds(at: now)
    let limit = min(
      max(time + leaseWindowMilliseconds, held.limit), layout.endUnixMilliseconds)
    return Reservation(
      limit: limit, clock: isTrusted ? RecordedClock(now, bootID: bootID) : held.clock)
  }

  /// Stops making IDs, even if reserved time is left: another process may be about to make them.
  func lose(_ error: StoreError) {
    guard case .running = state else { return }
    state = .lost(error)
    endReservation()
    didLose(error)
  }

  /// Lowers the limit to the last ID, so that a restart need not wait, and releases the machine ID.
  /// No ID is made once the last timestamp has been read for that.
  ///
  /// It records the clock as it was last trusted. A process that ends while its clock is not
  /// trusted must not make the next process trust it.
  package func releaseReservation(_ completion: @escaping (StoreError?) -> Void) {
    guard let store else { return completion(nil) }
    store.release(
      { [self] in
        guard case .running = state else { return nil }
        state = .released
        endReservation()
        return Reservation(
          limit: nextUnixMilliseconds,
          clock: jumpDetector.reference.flatMap { RecordedClock($0, bootID: bootID) }
            ?? claimedClock)
      }, completion)
  }
}
