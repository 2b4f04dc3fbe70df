import Snowflake

// How a source keeps time reserved ahead, and gives it back.

extension IDSource {
  /// Renews what must be renewed at rest, and asks a store that has failed once more. A source that
  /// makes IDs does the first by itself.
  package func renewIfNeeded(at now: ClockReading) {
    guard case .running = state, let store else { return }
    let isDue = store.policy.renewsAtRest && millisecondsToRenewal(store, at: now) == 0
    if isDue || store.failure != nil { extend(store, at: now) }
  }

  /// In how many milliseconds ``renewIfNeeded(at:)`` has to be called; `nil` if the store needs no
  /// renewal at rest.
  package func millisecondsToRenewal(at now: ClockReading) -> Int64? {
    guard case .running = state, let store, store.policy.renewsAtRest else { return nil }
    if store.failure != nil { return store.policy.retryMilliseconds }
    return millisecondsToRenewal(store, at: now)
  }

  /// By the clock that nobody sets.
  private func millisecondsToRenewal(_ store: StoreClient, at now: ClockReading) -> Int64 {
    let elapsed = now.monotonicMilliseconds - store.extendedMonotonicMilliseconds
    return max(0, windowMilliseconds - renewalMilliseconds - elapsed)
  }

  /// Asks for a limit one window from now.
  func extend(_ store: StoreClient, at now: ClockReading) {
    guard case .running = state, store.mayExtend(at: now), let held = store.held else { return }
    let next = reservation(after: held, judgedBy: &clockJudgement, at: now)
    guard next != held || store.policy.renewsAtRest else { return }
    store.extend(to: next, at: now) { [self] error in
      switch error {
      case nil: extendGenerator(to: next.limit)
      case .lost(let name, let owner): lose(.lost(name: name, owner: owner))
      default: break
      }
    }
  }

  /// What to record next: a limit one window from now.
  ///
  /// From what the clock says, not from the last ID or from where the process began: else a few
  /// crashes in a row, or a clock that lags, would reserve more and more, and whoever starts next
  /// would find its clock too far behind. A clock that has jumped is not believed: then the limit goes
  /// on with the time that has passed, where others would otherwise take the machine ID, or stays.
  func reservation(
    after held: Reservation, judgedBy clockGuard: inout ClockGuard, at now: ClockReading
  ) -> Reservation {
    let isBelieved = clockGuard.jump(at: now) == nil
    guard isBelieved || store?.policy.renewsAtRest == true else { return held }
    let time = isBelieved ? now.unixMilliseconds : clockGuard.expectedUnixMilliseconds(at: now)
    let limit = min(
      max(time - SnowflakeID.epochUnixMilliseconds + windowMilliseconds, held.limit),
      SnowflakeID.maximumTimestamp + 1)
    return Reservation(
      limit: limit, clock: isBelieved ? RecordedClock(now, bootID: bootID) : held.clock)
  }

  /// Makes no ID any more, whatever is still reserved: another process may be about to.
  func lose(_ error: StoreError) {
    guard case .running = state else { return }
    state = .lost(error)
    endReservation()
    didLose(error)
  }

  /// Cuts the limit back to the last ID, so that a restart waits for nothing, and gives the machine
  /// ID back. No ID is made from the moment on at which that limit is read.
  ///
  /// What it records of the clock is when that was last believed: a process that ends while its clock
  /// is not must not have the next one believe it.
  package func releaseReservation(_ completion: @escaping (StoreError?) -> Void) {
    guard let store else { return completion(nil) }
    store.release(
      { [self] in
        guard case .running = state else { return nil }
        state = .released
        endReservation()
        return Reservation(
          limit: lastTimestamp + 1,
          clock: clockJudgement.reference.flatMap { RecordedClock($0, bootID: bootID) }
            ?? claimedClock)
      }, completion)
  }
}
