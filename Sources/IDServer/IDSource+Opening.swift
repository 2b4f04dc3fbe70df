import Snowflake
import UV

extension IDSource {
  /// Claims a machine ID and reserves time, if there is a state directory; blocks until that is
  /// durable.
  convenience init(
    _ configuration: Configuration, loop: Loop, now: ClockReading
  ) throws(ServerError) {
    let store = configuration.stateDirectory.map { FileStore(loop: loop, directory: $0) }
    var machineID = configuration.machineIDs.lowerBound
    var timestamps = 0..<SnowflakeID.maximumTimestamp + 1
    if let store {
      let claim = try Self.wait(on: loop) { store.claim(configuration.machineIDs, $0) }
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
    extendReservation(at: now)
    while case .underWay = storeExtension { loop.runOnce() }
    if let failure { throw .store(failure.error) }
  }

  /// Runs the loop until the store has answered.
  private static func wait<Value>(
    on loop: Loop, for request: (@escaping (Result<Value, StoreError>) -> Void) -> Void
  ) throws(ServerError) -> Value {
    var answer: Result<Value, StoreError>?
    request { answer = $0 }
    while true {
      switch answer {
      case .success(let value): return value
      case .failure(let error): throw .store(error)
      case nil: loop.runOnce()
      }
    }
  }
}
