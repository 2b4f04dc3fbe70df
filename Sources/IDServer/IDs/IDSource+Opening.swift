import Snowflake

extension IDSource {
  /// Claims a machine ID and reserves time, if there is a store; returns once that is durable.
  ///
  /// - Parameter wait: lets the store do its work, as a round of the loop does.
  convenience init(
    _ configuration: Configuration, store: (any ReservationStore)?, at now: ClockReading,
    wait: () -> Void
  ) throws(ServerError) {
    var machineID = configuration.machineIDs.lowerBound
    var timestamps = 0..<SnowflakeID.maximumTimestamp + 1
    if let store {
      let claim = try Self.claim(configuration.machineIDs, of: store, wait: wait)
      // A crash leaves one window reserved ahead; what is further was a clock that ran ahead.
      let behind = claim.start - now.timestamp
      guard behind <= Self.windowMilliseconds else {
        throw .clockBehindReservation(milliseconds: behind)
      }
      (machineID, timestamps) = (claim.machineID, claim.start..<claim.start)
    }
    do {
      try self.init(
        machineID: machineID, timestamps: timestamps,
        clockToleranceMilliseconds: configuration.clockToleranceMilliseconds, store: store)
    } catch {
      throw .machineID(error)
    }
    acceptClock(at: now)  // The first look: what follows is judged by it.
    extendReservation(at: now)
    while case .underWay = storeExtension { wait() }
    if let failure { throw .store(failure.error) }
  }

  private static func claim(
    _ machineIDs: ClosedRange<Int>, of store: any ReservationStore, wait: () -> Void
  ) throws(ServerError) -> ReservationClaim {
    var answer: Result<ReservationClaim, StoreError>?
    store.claim(machineIDs) { answer = $0 }
    while true {
      switch answer {
      case .success(let claim): return claim
      case .failure(let error): throw .store(error)
      case nil: wait()
      }
    }
  }
}
